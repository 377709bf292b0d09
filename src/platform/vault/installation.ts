/** What the control database keeps of its installation, so that no other one takes its place. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { deriveKey } from './secret.js';

export interface Installation {
  secret_check: Buffer;
  /** Keeps installations apart that share one Redis. */
  cache_prefix: string;
}

/** Records the installation at its first start, and refuses another secret from then on. */
export async function openInstallation(db: DataSource, secret: string): Promise<Installation> {
  const check = deriveKey(secret, 'check');
  await db.query(
    'insert into installation (secret_check, cache_prefix) values ($1, $2) on conflict do nothing',
    [check, randomBytes(8).toString('hex')],
  );
  const [kept] = await db.query<[Installation]>('select * from installation');
  if (timingSafeEqual(kept.secret_check, check)) return kept;
  throw new Error(
    'The control database belongs to another secret: tokens would no longer match, and the vault ' +
      'would stay closed. Give the secret it was first started with as CARTOGRAPH_SECRET, or ' +
      'restore the file secret in DATA_DIR; or choose another DATABASE_URL.',
  );
}
