/** API keys that end at a time, so that an old one overlaps with its successor; bound origins. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class BindApiKeys1700000004000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table api_keys
        add column expires_at timestamptz,
        add column allowed_origins text[] not null default '{}'`);
    await runner.query(`drop index api_keys_live_name`);
    await runner.query(`
      create unique index api_keys_live_name on api_keys (name)
        where revoked_at is null and expires_at is null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index api_keys_live_name`);
    await runner.query(`update api_keys set revoked_at = expires_at where revoked_at is null`);
    await runner.query(
      `create unique index api_keys_live_name on api_keys (name) where revoked_at is null`,
    );
    await runner.query(`alter table api_keys drop column expires_at, drop column allowed_origins`);
  }
}
