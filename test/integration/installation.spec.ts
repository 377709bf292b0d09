/** A control database belongs to the secret it was first started with. */
import { openInstallation } from '../../src/platform/vault/installation.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import { openTestControlDb } from '../support/stores.js';

const SECRET = 'a secret of at least thirty-two characters';

let controlDb: ControlDb;
beforeAll(async () => {
  controlDb = await openTestControlDb();
  await controlDb.migrate();
});

const open = (secret: string) => openInstallation(controlDb.dataSource, secret);

it('is one for several that start at once, and the same later', async () => {
  const all = await Promise.all(Array.from({ length: 4 }, () => open(SECRET)));
  expect(new Set(all.map((installation) => installation.cache_prefix)).size).toBe(1);
  expect(all[0]!.cache_prefix).toMatch(/^[0-9a-f]{16}$/);
  expect(await open(SECRET)).toEqual(all[0]);
});

it('refuses another secret, says how to give the right one, and keeps what it has', async () => {
  const { cache_prefix: prefix } = await open(SECRET);
  const refused = open(`${SECRET}!`);
  await expect(refused).rejects.toThrow(/tokens would no longer match.*CARTOGRAPH_SECRET/);
  await expect(refused).rejects.not.toThrow(SECRET);
  expect((await open(SECRET)).cache_prefix).toBe(prefix);
});

it('has a prefix of its own in each control database', async () => {
  const other = await openTestControlDb();
  await other.migrate();
  const { cache_prefix: prefix } = await openInstallation(other.dataSource, SECRET);
  expect(prefix).not.toBe((await open(SECRET)).cache_prefix);
});
