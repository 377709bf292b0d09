import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One row: what tells this installation from every other. */
export class CreateInstallation1700000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table installation (
        id boolean primary key default true check (id),
        secret_check bytea not null,
        cache_prefix text not null
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table installation`);
  }
}
