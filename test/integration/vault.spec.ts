/** The vault on a real PostgreSQL: nothing readable at rest, everything readable with the key. */
import { setImmediate } from 'node:timers/promises';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import { Vault, type PersonalValue } from '../../src/platform/vault/vault.js';
import { openTestControlDb } from '../support/stores.js';

const SECRET = 'a secret of at least thirty-two characters';
const NOW = new Date('2026-11-05T12:00:00.000Z');

const EMAIL = { subject: 'web:42', kind: 'email', field: 'traits.email', token: 'eml_1' };
const PHONE = { subject: 'web:42', kind: 'phone', field: 'traits.phone', token: 'phn_1' };
const VALUES: PersonalValue[] = [
  { ...EMAIL, value: 'ada.lovelace@example.com' },
  { ...PHONE, value: '+43 1 234567 😀\u0000' },
  { ...EMAIL, subject: 'web:43', value: 'grace@example.com' },
];

describe('Vault', () => {
  let controlDb: ControlDb;
  let vault: Vault;

  const openVault = (secret = SECRET) => new Vault(controlDb.dataSource, secret);
  const byField = (values: PersonalValue[]) =>
    [...values].sort((a, b) => (a.field < b.field ? -1 : 1));

  async function countRows(): Promise<number> {
    const rows = await controlDb.dataSource.query<{ n: number }[]>(
      'select count(*)::integer as n from pii_vault',
    );
    return rows[0]!.n;
  }

  async function countWaiting(): Promise<number> {
    const rows = await controlDb.dataSource.query<{ n: number }[]>(
      `select count(*)::integer as n from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows[0]!.n;
  }

  beforeAll(async () => {
    controlDb = await openTestControlDb();
  });

  beforeEach(async () => {
    await controlDb.dataSource.query('delete from pii_vault');
    vault = openVault();
  });

  it('gives back what it stored, to another process too, a subject at a time', async () => {
    await vault.store(VALUES, NOW);
    expect(byField(await openVault().open('web:42'))).toEqual(VALUES.slice(0, 2));
    expect(await openVault().open('web:43')).toEqual([VALUES[2]]);
    expect(await openVault().open('web:44')).toEqual([]);
  });

  it('keeps no value readable at rest, in text, hex or base64', async () => {
    await vault.store(VALUES, NOW);
    const rows = await controlDb.dataSource.query<{ row: string; base64: string }[]>(
      `select v::text as row, encode(ciphertext, 'base64') as base64 from pii_vault v`,
    );
    expect(rows).toHaveLength(3);
    const dump = JSON.stringify(rows).toLowerCase();
    expect(dump).toContain('traits.email');
    for (const { value } of VALUES) {
      for (const part of [value, value.slice(0, 12), value.split('@')[0]!]) {
        for (const encoding of ['utf8', 'hex', 'base64'] as const) {
          const form = Buffer.from(part).toString(encoding).replace(/=+$/, '').toLowerCase();
          expect(dump).not.toContain(form);
        }
      }
    }
  });

  it('encrypts equal values of two subjects, and of one, to different bytes', async () => {
    const value = 'same@example.com';
    await vault.store(
      [
        { ...EMAIL, value },
        { ...EMAIL, subject: 'web:43', value },
        { ...EMAIL, field: 'properties.email', value },
      ],
      NOW,
    );
    const rows = await controlDb.dataSource.query<{ c: string }[]>(
      `select encode(ciphertext, 'hex') as c from pii_vault`,
    );
    expect(new Set(rows.map(({ c }) => c)).size).toBe(3);
  });

  it('keeps one row for a value that comes again, in one call, later, or from elsewhere', async () => {
    await vault.store([VALUES[0]!, VALUES[0]!], NOW);
    await vault.store([VALUES[0]!], NOW);
    await openVault().store([VALUES[0]!], NOW);
    expect(await countRows()).toBe(1);
    expect(await vault.open('web:42')).toEqual([VALUES[0]]);
  });

  it('takes one set in opposite orders at once without a deadlock', async () => {
    const many = Array.from({ length: 900 }, (_, index) => ({
      ...EMAIL,
      subject: `web:${1000 + index}`,
      value: `person-${index}@example.com`,
    }));
    const sets = [many, [...many].reverse()];
    // Both are stopped at the row in the middle, by when each has written what comes before it.
    const blocker = await controlDb.connectDirectly();
    await blocker.query('begin');
    await blocker.query(
      `insert into pii_vault values ('web:1450', 'eml_1', 'traits.email', 'email', '', now())`,
    );
    const stored = Promise.all(sets.map((set) => openVault().store(set, NOW)));
    while ((await countWaiting()) < sets.length) await setImmediate();
    await blocker.query('rollback');
    await blocker.end();
    await stored;
    expect(await countRows()).toBe(many.length);
  });

  it('cannot be opened with another secret, nor under another subject', async () => {
    await vault.store([VALUES[0]!], NOW);
    await expect(openVault(`${SECRET}!`).open('web:42')).rejects.toThrow(/authenticate/);
    await controlDb.dataSource.query(`update pii_vault set subject = 'web:99'`);
    await expect(vault.open('web:99')).rejects.toThrow(/authenticate/);
  });

  it('takes an empty list', async () => {
    await vault.store([], NOW);
    expect(await countRows()).toBe(0);
  });
});
