import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What several services on one pipeline leave each other: runs to be done, ticks that are done. */
export class CreateRunRequests1700000014000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table run_requests (
        run_id uuid primary key,
        requested_at timestamptz not null
      )`);
    await runner.query(`
      create table schedule_ticks (
        schedule text primary key,
        due_at timestamptz not null,
        epoch bigint not null,
        done_at timestamptz
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table run_requests, schedule_ticks`);
  }
}
