import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSecret } from './secret.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cartograph-secret-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const stored = () => readFileSync(join(folder, 'secret'), 'utf8');

it('is made once, kept to its owner, and read from then on', async () => {
  const secret = await loadSecret(undefined, folder);
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(readdirSync(folder)).toEqual(['secret']);
  expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600);
  expect(await loadSecret(undefined, folder)).toBe(secret);
});

it('is made anew beside what a crash left of its draft', async () => {
  writeFileSync(join(folder, 'secret.new'), 'ab');
  expect(await loadSecret(undefined, folder)).toBe(stored());
  expect(readdirSync(folder)).toEqual(['secret']);
});

it.each(['', ' '.repeat(40), 'a'.repeat(31)])(
  'is refused when it is cut short (%j)',
  async (text) => {
    writeFileSync(join(folder, 'secret'), text);
    const loading = loadSecret(undefined, folder);
    await expect(loading).rejects.toThrow(`${join(folder, 'secret')} is not whole`);
    await expect(loading).rejects.toThrow('CARTOGRAPH_SECRET');
    expect(stored()).toBe(text);
  },
);

it('that is given needs no file', async () => {
  expect(await loadSecret('given', folder)).toBe('given');
  expect(readdirSync(folder)).toEqual([]);
});
