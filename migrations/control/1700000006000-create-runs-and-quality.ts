import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What each run did to each model, and how complete and accurate each table was when last scored. */
export class CreateRunsAndQuality1700000006000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table quality_scores (
        model text not null,
        scored_at timestamptz not null,
        run_id uuid,
        rows bigint not null,
        completeness double precision,
        accuracy double precision,
        primary key (model, scored_at)
      )`);
    await runner.query(`create index quality_scores_scored on quality_scores (scored_at)`);
    await runner.query(`
      alter table quality_results
        add column total_rows bigint,
        add column partition text not null default '',
        add column outcome text not null default 'failed'
          check (outcome in ('failed', 'accepted'))`);
    await runner.query(`create index quality_results_checked on quality_results (checked_at)`);
    await runner.query(`
      create table accepted_checks (
        model text not null,
        check_name text not null,
        partition text not null,
        failing_rows bigint not null,
        reason text not null,
        accepted_by text not null,
        run_id uuid not null,
        accepted_at timestamptz not null,
        primary key (model, check_name, partition)
      )`);
    await runner.query(`
      create table quality_reports (
        id uuid primary key,
        requested_by text not null,
        status text not null check (status in ('running', 'made', 'failed')),
        document jsonb,
        error text,
        started_at timestamptz not null,
        finished_at timestamptz
      )`);
    await runner.query(`create index quality_reports_started on quality_reports (started_at desc)`);
    await runner.query(`
      alter table pipeline_runs
        drop constraint pipeline_runs_trigger_check,
        drop constraint pipeline_runs_status_check,
        add constraint pipeline_runs_trigger_check
          check (trigger in ('schedule', 'request', 'backfill')),
        add constraint pipeline_runs_status_check check (
          status in ('running', 'published', 'held', 'failed', 'cancelled')
        ),
        add column requested_by text not null default 'schedule',
        add column parameters jsonb not null default '{}',
        add column progress jsonb,
        add column retry_of uuid,
        add column is_cancel_requested boolean not null default false`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table pipeline_runs
        drop column requested_by, drop column parameters, drop column progress,
        drop column retry_of, drop column is_cancel_requested`);
    await runner.query(`drop table quality_reports, accepted_checks, quality_scores`);
    await runner.query(`
      alter table quality_results
        drop column total_rows, drop column partition, drop column outcome`);
  }
}
