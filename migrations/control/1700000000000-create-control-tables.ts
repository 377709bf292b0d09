import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys, pipeline bookkeeping and the vault of personal data. */
export class CreateControlTables1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table api_keys (
        id uuid primary key default gen_random_uuid(),
        name text not null,
        digest bytea not null unique,
        scopes text[] not null check (cardinality(scopes) > 0),
        source text not null,
        created_at timestamptz not null,
        revoked_at timestamptz
      )`);
    await runner.query(
      `create unique index api_keys_live_name on api_keys (name) where revoked_at is null`,
    );
    await runner.query(`
      create table pipeline_runs (
        id uuid primary key,
        target text not null,
        trigger text not null check (trigger in ('schedule', 'request')),
        status text not null check (status in ('running', 'published', 'held', 'failed')),
        epoch bigint not null,
        ticks integer not null default 1,
        models jsonb not null default '{}',
        error text,
        started_at timestamptz not null,
        finished_at timestamptz
      )`);
    await runner.query(`create index pipeline_runs_started on pipeline_runs (started_at desc)`);
    await runner.query(`
      create table model_states (
        model text primary key,
        definition_hash text not null,
        status text not null check (status in ('ok', 'held', 'failed')),
        reason text,
        as_of timestamptz
      )`);
    await runner.query(`
      create table watermarks (
        model text not null,
        upstream text not null,
        loaded_until timestamptz not null,
        primary key (model, upstream)
      )`);
    await runner.query(`create sequence publish_versions`);
    await runner.query(`
      create table publish_log (
        model text not null,
        partition text not null,
        version bigint not null,
        status text not null check (status in ('publishing', 'published')),
        run_id uuid not null,
        epoch bigint not null,
        changed_at timestamptz not null,
        primary key (model, partition)
      )`);
    await runner.query(`create index publish_log_version on publish_log (model, version)`);
    await runner.query(`
      create table consumed_versions (
        model text not null,
        upstream text not null,
        version bigint not null,
        primary key (model, upstream)
      )`);
    await runner.query(`
      create table leader_epochs (
        id bigint generated always as identity primary key,
        instance text not null,
        acquired_at timestamptz not null
      )`);
    await runner.query(`
      create table quality_results (
        id bigint generated always as identity primary key,
        run_id uuid not null,
        model text not null,
        check_name text not null,
        severity text not null check (severity in ('row', 'error', 'warn')),
        failing_rows bigint not null,
        checked_at timestamptz not null
      )`);
    await runner.query(`create index quality_results_model on quality_results (model, id desc)`);
    await runner.query(`
      create table pii_vault (
        subject text not null,
        token text not null,
        field text not null,
        kind text not null,
        ciphertext bytea not null,
        created_at timestamptz not null,
        primary key (subject, token, field)
      )`);
    await runner.query(`create index pii_vault_token on pii_vault (token)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table pii_vault, quality_results, leader_epochs, consumed_versions, publish_log,
        watermarks, model_states, pipeline_runs, api_keys`);
    await runner.query(`drop sequence publish_versions`);
  }
}
