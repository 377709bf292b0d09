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
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table quality_scores`);
  }
}
