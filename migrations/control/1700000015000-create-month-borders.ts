import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Before which day a model's rows stand by month. */
export class CreateMonthBorders1700000015000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table month_borders (
        model text primary key,
        border date not null,
        moved_at timestamptz not null
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table month_borders`);
  }
}
