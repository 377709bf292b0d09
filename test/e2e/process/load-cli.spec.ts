/** `cartograph load`: what it prints and how it ends, with a running service and alone. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { processesNaming } from '../../support/processes.js';
import {
  cartograph,
  dataDirectory,
  spawnService,
  type Ended,
  type SpawnedService,
} from '../../support/spawned-service.js';
import { createTestDatabase, temporaryFolder } from '../../support/stores.js';

const EMAIL = 'ida.quodlibet@example.com';
const NAME = 'Ida Quodlibet';
const PHONE = '+43 664 7654321';
const MAPPING = [
  'source: crm',
  'rows:',
  '  - when: { role: { equals: staff } }',
  '    ignore: no customer',
  '    id: [id]',
  '  - fields:',
  '      customer_id: id',
  '      email: mail',
  '      name: name',
  '      phone: phone',
  '      created_at: since',
].join('\n');
const HEADER = 'id,mail,name,phone,role,since';
const person = (id: string, since: string, role = '') =>
  `${id},${EMAIL},${NAME},${PHONE},${role},${since}`;
const CUSTOMERS = [
  HEADER,
  person('c1', '2026-01-01'),
  person('c2', '2026-02-30'),
  person('c3', '2026-01-03', 'staff'),
  person('c4', '2026-01-04'),
].join('\n');

let folder: string;
let names = 0;

/** Answers with the path of a file of this content. */
function fileOf(content: string | Buffer, ending = '.csv'): string {
  names += 1;
  const path = join(folder, `file-${names}${ending}`);
  writeFileSync(path, content);
  return path;
}

beforeAll(() => {
  folder = temporaryFolder();
});

/** A refusal: code 1 and words, without a stack. */
function expectRefusal({ code, stdout, stderr }: Ended, ...words: string[]): void {
  expect({ code, stdout, stderr }).toMatchObject({ code: 1, stdout: '' });
  for (const word of words) expect(stderr).toContain(word);
  expect(stderr).not.toMatch(/^\s+at /m);
}

function expectCounts({ stdout }: Ended, expected: Record<string, number>): void {
  expect(stdout.trim().split('\n')).toHaveLength(1);
  const counts = JSON.parse(stdout) as Record<string, number>;
  const { read, ...parts } = counts;
  expect(Object.keys(counts)).toEqual(['read', 'loaded', 'ignored', 'rejected', 'unchanged']);
  expect(parts).toEqual({ loaded: 0, ignored: 0, rejected: 0, unchanged: 0, ...expected });
  expect(read).toBe(Object.values(parts).reduce((sum, part) => sum + part, 0));
}

describe('with a running service', () => {
  let service: SpawnedService;
  let mapping: string;
  const load = (...args: string[]) => cartograph(['load', ...args, '--data-dir', service.dataDir]);

  beforeAll(async () => {
    const environment = { DATABASE_URL: await createTestDatabase(), SCHEDULES: 'off' };
    service = await spawnService(dataDirectory(), { ...environment, LOG_LEVEL: 'debug' });
    mapping = fileOf(MAPPING, '.yml');
  });

  it('prints the five counts in words, and which rows were rejected why', async () => {
    const path = fileOf(CUSTOMERS);
    const ended = await load('customers', path, '--mapping', mapping);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const lines = ended.stdout.trim().split('\n');
    expect(lines.at(-1)).toBe('read 4: loaded 2, ignored 1, rejected 1, unchanged 0');
    expect(lines[0]).toMatch(/^ *line +reason +detail *$/);
    expect(lines[1]).toMatch(/^ *3 +invalid_time +created_at, from since: it is not a time/);
    expect(lines[2]).toContain('pii:read');
    expect(lines).toHaveLength(4);
  });

  it('prints exactly the five counts as JSON; again, gzipped, they are unchanged', async () => {
    const path = fileOf(gzipSync(CUSTOMERS), '.csv.gz');
    const ended = await load('customers', path, '--mapping', mapping, '--json');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expectCounts(ended, { unchanged: 2, ignored: 1, rejected: 1 });
  });

  it('ends with 1 for a file that cannot be read, and says where', async () => {
    const path = fileOf(`${HEADER}\n"${EMAIL}`);
    const words = ['file-', ':2:1: The quote that opens here is never closed', 'unreadable_file'];
    const plain = await load('customers', path, '--mapping', mapping);
    expect(plain).toMatchObject({ code: 1, stderr: '' });
    for (const word of ['read 0: loaded 0', ...words]) expect(plain.stdout).toContain(word);
    const json = await load('customers', path, '--mapping', mapping, '--json');
    expect(json.code).toBe(1);
    expectCounts(json, {});
    for (const word of words) expect(json.stderr).toContain(word);
  });

  it('ends with 1 for an empty file', async () => {
    const ended = await load('customers', fileOf(''), '--mapping', mapping);
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    expect(ended.stdout).toContain('The file is empty');
  });

  it('names the place of what is wrong in a mapping', async () => {
    const bad = fileOf(MAPPING.replace('email: mail', 'email: [mail]').replace('crm', 'CRM!'));
    const refused = await load('customers', fileOf(CUSTOMERS), '--mapping', bad);
    expectRefusal(refused, 'invalid_mapping', ':1:9: source must be', ':8:14: ');
  });

  it.each([
    ['a file that is not there', 'customers', 'nowhere.csv', null, 'nowhere.csv'],
    ['a mapping that is not there', 'customers', null, 'nowhere.yml', 'nowhere.yml'],
    ['a folder as the file', 'customers', '.', null, 'EISDIR'],
    ['an unknown entity', 'cats', null, null, 'unknown_entity'],
  ])('refuses %s', async (_, entity, file, given, words) => {
    const path = file === null ? fileOf(CUSTOMERS) : join(folder, file);
    const yaml = given === null ? mapping : join(folder, given);
    expectRefusal(await load(entity, path, '--mapping', yaml), words);
  });

  it('refuses a load without a mapping, and says how to use it', async () => {
    const refused = await load('customers', fileOf(CUSTOMERS));
    expectRefusal(refused, '--mapping', 'Usage: cartograph load [options] <entity> <file>');
  });

  it('sends a file of several parts whole', async () => {
    const rows = Array.from({ length: 9 }, (_, n) => `big-${n},${'x'.repeat(1_000_000)}`);
    const path = fileOf(['id,text', ...rows].join('\n'));
    const yaml = fileOf('{ source: big, rows: [{ fields: { product_id: id } }] }', '.yml');
    const ended = await load('products', path, '--mapping', yaml, '--json');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expectCounts(ended, { loaded: rows.length });
  });

  it('has printed and logged nothing personal', async () => {
    const { stdout, stderr } = await service.end('SIGTERM');
    expect(stderr).toContain('/api/v1/pipelines/loads');
    expect(stderr).toContain('A load failed.');
    for (const text of [EMAIL, NAME, PHONE]) {
      expect(stdout).not.toContain(text);
      expect(stderr).not.toContain(text);
    }
  });
});

describe('alone', () => {
  let dataDir: string;
  let mapping: string;
  const run = (...args: string[]) => cartograph([...args, '--data-dir', dataDir]);

  beforeAll(() => {
    dataDir = dataDirectory();
    mapping = fileOf(MAPPING, '.yml');
  });
  afterEach(() => {
    expect(processesNaming(dataDir)).toEqual([]);
    expect(existsSync(join(dataDir, 'service.lock'))).toBe(false);
  });

  it('loads on stores that no service holds, and finds there what it loaded before', async () => {
    const path = fileOf(CUSTOMERS);
    const first = await run('load', 'customers', path, '--mapping', mapping, '--json');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expectCounts(first, { loaded: 2, ignored: 1, rejected: 1 });
    const again = await run('load', 'customers', path, '--mapping', mapping, '--json');
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expectCounts(again, { unchanged: 2, ignored: 1, rejected: 1 });
  });

  it('closes them when the mapping is refused or the file is bad', async () => {
    const bad = fileOf(MAPPING.replace('since', '[since]'), '.yml');
    const refused = await run('load', 'customers', fileOf(CUSTOMERS), '--mapping', bad);
    expectRefusal(refused, 'invalid_mapping', ':11:19: ');
    const damaged = fileOf(gzipSync(CUSTOMERS).subarray(0, 40), '.csv.gz');
    const failed = await run('load', 'customers', damaged, '--mapping', mapping);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toContain('The gzip is cut short: it ends after 40 bytes');
  });
});
