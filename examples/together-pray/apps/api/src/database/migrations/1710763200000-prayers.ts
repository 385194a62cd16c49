import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Prayers1710763200000 implements MigrationInterface {
  name = 'Prayers1710763200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE "prayers" (
        "id" uuid NOT NULL DEFAULT gen_random_uuid(),
        "author_id" uuid NOT NULL,
        "group_id" uuid,
        "title" character varying(120) NOT NULL,
        "body" text NOT NULL DEFAULT '',
        "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
        CONSTRAINT "PK_e999e971b29faf22932664580ee" PRIMARY KEY ("id"),
        CONSTRAINT "FK_843d4bf5f430e1bb18ba07c9752" FOREIGN KEY ("author_id") REFERENCES "users"("id") ON DELETE CASCADE,
        CONSTRAINT "FK_9ac4dfabb978d80cb21a6daab59" FOREIGN KEY ("group_id") REFERENCES "groups"("id") ON DELETE CASCADE
      )`);
    await runner.query(`CREATE INDEX "IDX_91c7393fbe359134e4a3628330" ON "prayers" ("group_id", "created_at")`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE "prayers"`);
  }
}
