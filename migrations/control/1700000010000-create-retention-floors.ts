import type { MigrationInterface, QueryRunner } from 'typeorm';

/** From which day on a model keeps rows, since older ones were dropped. */
export class CreateRetentionFloors1700000010000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table retention_floors (
        model text primary key,
        kept_from date not null,
        dropped_at timestamptz not null
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table retention_floors`);
  }
}
