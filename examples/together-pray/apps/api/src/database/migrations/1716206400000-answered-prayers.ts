import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AnsweredPrayers1716206400000 implements MigrationInterface {
  name = 'AnsweredPrayers1716206400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "prayers" ADD COLUMN "answered_at" TIMESTAMP WITH TIME ZONE`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE "prayers" DROP COLUMN "answered_at"`);
  }
}
