import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Intercessions1713182400000 implements MigrationInterface {
  name = 'Intercessions1713182400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "intercessions" (
        "prayer_id" uuid NOT NULL,
        "user_id" uuid NOT NULL,
        "prayed_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_ec2dcb2eb4ab3c0f1273895ee28" PRIMARY KEY ("prayer_id", "user_id"),
        CONSTRAINT "FK_0aa19bf5372abf89352bb27122f" FOREIGN KEY ("prayer_id") REFERENCES "prayers"("id") ON DELETE CASCADE,
        CONSTRAINT "FK_1d67a0e0180a2e60e6b6e14b707" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "intercessions"`);
  }
}
