import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is or was wrong, at most once at a time, and whom each notification has reached. */
export class CreateAlerts1700000009000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table alerts (
        id uuid primary key default gen_random_uuid(),
        kind text not null,
        subject text not null,
        dedup_key text not null,
        severity text not null check (severity in ('critical', 'error', 'warning')),
        summary text not null,
        detail text not null,
        opened_at timestamptz not null,
        last_seen_at timestamptz not null,
        absences integer not null default 0,
        resolved_at timestamptz,
        acknowledged_by text,
        acknowledged_at timestamptz
      )`);
    await runner.query(`
      create unique index alerts_open on alerts (dedup_key) where resolved_at is null`);
    await runner.query(`create index alerts_opened on alerts (opened_at desc)`);
    await runner.query(`
      create table alert_deliveries (
        alert_id uuid not null references alerts (id) on delete cascade,
        channel text not null check (channel in ('webhook', 'slack', 'pagerduty')),
        event text not null check (event in ('opened', 'resolved')),
        attempts integer not null default 0,
        next_at timestamptz not null,
        delivered_at timestamptz,
        error text,
        primary key (alert_id, channel, event)
      )`);
    await runner.query(`
      create index alert_deliveries_due on alert_deliveries (channel, next_at)
      where delivered_at is null`);
    await runner.query(`
      create table alert_evaluation (
        is_only boolean primary key default true check (is_only),
        evaluated_at timestamptz not null
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table alert_evaluation`);
    await runner.query(`drop table alert_deliveries`);
    await runner.query(`drop table alerts`);
  }
}
