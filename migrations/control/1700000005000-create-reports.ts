import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Reports as they were made, which nobody changes, and how each is delivered. */
export class CreateReports1700000005000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `alter table installation add column opened_at timestamptz not null default now()`,
    );
    await runner.query(`
      create table reports (
        id uuid primary key,
        kind text not null,
        period text not null check (period in ('day', 'week', 'month')),
        date date not null,
        document text not null,
        sha256 text not null,
        made_at timestamptz not null,
        unique (kind, period, date)
      )`);
    await runner.query(`create index reports_made on reports (made_at desc)`);
    await runner.query(`
      create function refuse_report_change() returns trigger language plpgsql as $$
      begin
        raise exception 'An archived report is never changed.';
      end $$`);
    await runner.query(`
      create trigger reports_stay before update or delete on reports
      for each row execute function refuse_report_change()`);
    await runner.query(`
      create table report_deliveries (
        report_id uuid not null references reports (id),
        channel text not null check (channel in ('folder', 'webhook', 'slack')),
        attempts integer not null default 0,
        next_at timestamptz not null,
        delivered_at timestamptz,
        error text,
        primary key (report_id, channel)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table report_deliveries`);
    await runner.query(`drop table reports`);
    await runner.query(`drop function refuse_report_change()`);
    await runner.query(`alter table installation drop column opened_at`);
  }
}
