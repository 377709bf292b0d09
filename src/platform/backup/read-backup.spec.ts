import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { ArchiveWriter } from './archive-writer.js';
import { BACKUP_FORMAT, HEAD_NAME, UnusableBackup, type BackupHead } from './manifest.js';
import { readBackup } from './read-backup.js';
import { readTar, tarEnd, tarHeader, tarPadding } from './tar.js';

const KNOWN = { control: ['CreateTables1'], warehouse: ['001_databases.sql'] };
const HEAD: BackupHead = {
  format: BACKUP_FORMAT,
  created_at: '2026-11-27T00:00:00.000Z',
  has_secret: false,
  control_migrations: ['CreateTables1'],
  warehouse_migrations: ['001_databases.sql'],
};
const LONG = `warehouse/store/3ad/3ade44ec-b353-4ecc-86e2-f5a0d5bfd8c7/20261127_1_1_0/${'c'.repeat(90)}`;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cartograph-backup-'));
  file = join(folder, 'backup.tar.gz');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function write(head: BackupHead = HEAD, extra: Record<string, string> = {}): Promise<void> {
  const writer = await ArchiveWriter.open(file, new Date(head.created_at));
  await writer.addBytes(HEAD_NAME, Buffer.from(JSON.stringify(head)));
  writeFileSync(join(folder, 'part'), 'x'.repeat(3_000_000));
  await writer.addFile(LONG, join(folder, 'part'));
  await writer.addFile('files/gone', join(folder, 'is-not-there'));
  await writer.addBytes('control/loads/000001.ndjson', Buffer.from('{"id":1}\n'));
  for (const [name, text] of Object.entries(extra)) {
    await writer.addBytes(name, Buffer.from(text));
  }
  expect(existsSync(file)).toBe(false);
  await writer.finish(head, {
    control: { tables: {}, sequences: {} },
    warehouse: { tables: {} },
  });
}

const read = () => readBackup(file, join(folder, 'out'), KNOWN);
/** Writes the archive again with what was done to its bytes. */
const change = (edit: (tar: Buffer) => Buffer) =>
  writeFileSync(file, gzipSync(edit(gunzipSync(readFileSync(file)))));

it('gives back every byte that went in', async () => {
  await write();
  const manifest = await read();
  expect(manifest).toMatchObject(HEAD);
  expect(Object.keys(manifest.files)).toEqual([HEAD_NAME, LONG, 'control/loads/000001.ndjson']);
  expect(readFileSync(join(folder, 'out', LONG), 'utf8')).toBe('x'.repeat(3_000_000));
  expect(readdirSync(folder).sort()).toEqual(['backup.tar.gz', 'out', 'part']);
});

it.each([0, 0.2, 0.9, 0.999])('refuses one that is cut short at %d of it', async (share) => {
  await write();
  const whole = readFileSync(file);
  writeFileSync(file, whole.subarray(0, Math.floor(whole.length * share)));
  const refused = await read().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UnusableBackup);
  expect(String(refused)).toMatch(/damaged or cut short.*Nothing was restored/);
});

it('refuses one of which a byte is another, and names the file', async () => {
  await write();
  change((tar) => {
    tar[tar.indexOf('xxxx') + 1_000] = 0x79;
    return tar;
  });
  await expect(read()).rejects.toThrow('cccc is not as it was written');
});

it('refuses one with a bit turned on its way', async () => {
  // A repeated letter would come out the same from another distance.
  await write(HEAD, { 'files/noise': randomBytes(2_000_000).toString('base64') });
  const bytes = readFileSync(file);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = bytes[middle]! ^ 0x10;
  writeFileSync(file, bytes);
  await expect(read()).rejects.toThrow('damaged or cut short');
});

it('refuses what is no backup', async () => {
  writeFileSync(file, 'a letter');
  await expect(read()).rejects.toThrow('damaged or cut short');
  const letter = Buffer.from('a letter');
  const tar = [tarHeader('letter', 8, new Date()), letter, tarPadding(8), tarEnd()];
  writeFileSync(file, gzipSync(Buffer.concat(tar)));
  await expect(read()).rejects.toThrow('no backup of Cartograph');
});

it.each([
  ['format', { format: BACKUP_FORMAT + 1 }],
  ['control schema', { control_migrations: ['CreateTables1', 'CreateMore2'] }],
  ['warehouse schema', { warehouse_migrations: ['001_databases.sql', '999_more.sql'] }],
])('refuses one of a newer %s before it unpacks it', async (_, newer) => {
  await write({ ...HEAD, ...newer });
  await expect(read()).rejects.toThrow('made by a newer version');
  expect(readdirSync(join(folder, 'out'))).toEqual([HEAD_NAME]);
});

it.each(['files/../../escaped', '../escaped', '/escaped', 'elsewhere/file', 'files/a/./b'])(
  'refuses a file at %s',
  async (name) => {
    await write(HEAD, { [name]: 'x' });
    await expect(read()).rejects.toThrow('at a place where none belongs');
    expect(existsSync(join(folder, 'escaped'))).toBe(false);
  },
);

it('keeps sizes beyond what eleven octal digits hold', async () => {
  const size = 9 * 1024 ** 3;
  const source = (async function* () {
    yield tarHeader('files/large', size, new Date());
  })();
  const entry = await readTar(source).next();
  expect(entry.value).toMatchObject({ name: 'files/large', size });
});

it('a draft that is given up leaves nothing', async () => {
  const writer = await ArchiveWriter.open(file, new Date());
  await writer.addBytes(HEAD_NAME, Buffer.from('{}'));
  expect(readdirSync(folder)).toEqual(['backup.tar.gz.part']);
  await writer.discard();
  expect(readdirSync(folder)).toEqual([]);
});
