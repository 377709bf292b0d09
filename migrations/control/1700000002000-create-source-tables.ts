import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Loads of files, extractions from the shop's database, what they rejected, who looked at it. */
export class CreateSourceTables1700000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table loads (
        id uuid primary key,
        kind text not null check (kind in ('file', 'extraction')),
        entity text,
        source text not null,
        file_name text,
        mapping text,
        status text not null
          check (status in ('uploading', 'queued', 'running', 'done', 'failed')),
        uploaded_bytes bigint not null default 0,
        rows_total bigint,
        line bigint not null default 0,
        counts jsonb not null,
        error jsonb,
        requested_by text not null,
        created_at timestamptz not null,
        finished_at timestamptz
      )`);
    await runner.query(`create index loads_created on loads (created_at desc)`);
    await runner.query(`
      create table rejected_rows (
        load_id uuid not null references loads (id) on delete cascade,
        line bigint not null,
        field text not null,
        code text not null,
        detail text not null,
        ciphertext bytea not null,
        primary key (load_id, line, field)
      )`);
    await runner.query(`
      create table source_checkpoints (
        source text not null,
        table_name text not null,
        mapping_hash text not null,
        position jsonb not null,
        saved_at timestamptz not null,
        primary key (source, table_name)
      )`);
    await runner.query(`
      create table reconciliations (
        source text not null,
        day date not null,
        shop jsonb not null,
        warehouse jsonb not null,
        differences jsonb not null,
        is_reconciled boolean not null,
        checked_at timestamptz not null,
        primary key (source, day)
      )`);
    await runner.query(`
      create table audit_log (
        id bigint generated always as identity primary key,
        actor text not null,
        action text not null,
        target text not null,
        happened_at timestamptz not null
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `drop table audit_log, reconciliations, source_checkpoints, rejected_rows, loads`,
    );
  }
}
