/** Damaged files: refused whole with the place, or row by row with the reasons. */
import { gzipSync } from 'node:zlib';
import { startTestService, type TestService } from '../../support/service.js';
import { counts, LoadClient, mappingOf, type DataFile, type LoadView } from './load-client.js';
import { csv, ndjson } from './shop-files.js';

const SOUND_ROWS = 30_000;
const LINE_MIB = 64;
/** More than the load takes (MAX_REJECTED in file-load.ts). */
const BAD_ROWS = 120_001;
const HEADER = 'order,at,product,pieces,price';

const lineFields = {
  order_id: 'order',
  placed_at: 'at',
  product_id: 'product',
  quantity: 'pieces',
  unit_price: 'price',
};

/** The mapping's other keys in `more`, e.g. its timezone. */
const linesMapping = (more: object = {}) =>
  JSON.stringify({
    source: 'damaged',
    currency: 'EUR',
    ...more,
    rows: [{ id: ['order', { ordinal_of: 'order' }], fields: lineFields }],
  });

const linesFile = (content: string | Buffer, given: Partial<DataFile> = {}): DataFile => ({
  entity: 'order_lines',
  name: 'orders.csv',
  mapping: linesMapping(),
  content,
  ...given,
});

const row = (order: string) => `${order},2026-02-01 10:00:00,mug,1,2.50`;

/** So many sound rows come first that whoever loads while it reads has loaded some already. */
const sound = [HEADER, ...Array.from({ length: SOUND_ROWS }, (_, n) => row(`o${n}`))].join('\n');
const afterSound = SOUND_ROWS + 2;

let service: TestService;
let client: LoadClient;

beforeAll(async () => {
  service = await startTestService();
  client = new LoadClient(service, await service.key('pipelines:run'));
});

async function storedOf(load: LoadView): Promise<number> {
  const { n } = await service.platform.warehouse.queryOne<{ n: string }>(
    'reader',
    'select count() as n from bronze.records where load_id = {id:String}',
    { id: load.id },
  );
  return Number(n);
}

/** The reasons by line; `detail` is left to others. */
async function reasonsOf(load: LoadView): Promise<[number, string, string][]> {
  const rejected = await client.rejected(load.id);
  return rejected.map(({ line, field, code }) => [line, field, code]);
}

describe('a file that cannot be read to its end', () => {
  const gzip = gzipSync(sound);
  const ndjsonRows = Array.from({ length: SOUND_ROWS }, (_, n) => ({ id: `p${n}`, name: 'x' }));
  const products = {
    entity: 'products',
    mapping: mappingOf('damaged', { product_id: 'id', name: 'name' }),
  };
  const longLine = 'x'.repeat(LINE_MIB * 1024 * 1024);

  const files: [string, DataFile, words: string[]][] = [
    [
      'a gzip that is cut short',
      linesFile(gzip.subarray(0, gzip.length - 9), { name: 'cut.csv.gz' }),
      ['cut.csv.gz: The gzip is cut short', `${gzip.length - 9} bytes`],
    ],
    [
      'a gzip with a broken byte',
      linesFile(Buffer.from(gzip).fill(0x55, gzip.length >> 1, (gzip.length >> 1) + 8)),
      ['orders.csv: The gzip is damaged'],
    ],
    [
      'a quote that is never closed',
      linesFile(`${sound}\no1,"2026-02-01 10:00:00,mug,1,2.50\n${row('o2')}\n`),
      [`orders.csv:${afterSound}:4: The quote that opens here is never closed`],
    ],
    [
      'text behind a closing quote',
      linesFile(`${sound}\no1,"2026-02-01"x,mug,1,2.50\n`),
      [`orders.csv:${afterSound}:4: `],
    ],
    [
      'one line without an end',
      linesFile(gzipSync(`${sound}\n${longLine}`), { name: 'endless.csv' }),
      [`endless.csv:${afterSound}:1: `, '1024 KiB'],
    ],
    [
      'NDJSON of one line without an end',
      { ...products, name: 'endless.ndjson', content: gzipSync(`{"id":"${longLine}"}`) },
      ['endless.ndjson:1:1: ', '1024 KiB'],
    ],
    [
      'Latin-1 that says it is UTF-8',
      linesFile(Buffer.from(`${sound}\n${row('Bücher')}\n`, 'latin1')),
      [`orders.csv:${afterSound}:2: `, 'not UTF-8', 'encoding: windows-1252'],
    ],
    [
      'UTF-16 without a mark',
      linesFile(Buffer.from(sound, 'utf16le')),
      ['orders.csv:1:2: ', 'UTF-16'],
    ],
    ['an empty file', linesFile(''), ['orders.csv: The file is empty']],
    ['an empty gzip', linesFile(gzipSync('')), ['orders.csv: The file is empty']],
    [
      'a spreadsheet',
      linesFile(Buffer.from('PK\x03\x04 and so on'), { name: 'orders.xlsx' }),
      ['orders.xlsx: It is a zip archive or a spreadsheet'],
    ],
    [
      'a header that names a column twice',
      linesFile(`${HEADER},order\n${row('o1')},o1\n`),
      ['orders.csv:1:1: Columns 1 and 6 have the same name'],
    ],
    [
      'a JSON array that is cut short',
      { ...products, name: 'cut.json', content: JSON.stringify(ndjsonRows).slice(0, -30) },
      ['cut.json:1:', 'unfinished'],
    ],
    [
      'JSON with a missing comma',
      { ...products, name: 'comma.json', content: '[\n{"id":"p1"}\n{"id":"p2"}]' },
      ['comma.json:3:1: '],
    ],
  ];

  it.each(files)('%s fails with its place, and nothing of it is loaded', async (_, file, words) => {
    const load = await client.load(file);
    expect(load).toMatchObject({ status: 'failed', counts: counts({}) });
    expect(load.error!.code).toBe('unreadable_file');
    for (const word of words) expect(load.error!.detail).toContain(word);
    expect(load.error!.detail).toContain('nothing was loaded');
    expect(load.finished_at).not.toBeNull();
    expect(await storedOf(load)).toBe(0);
    expect(await client.rejected(load.id)).toEqual([]);
  });

  it('a header without a wanted column fails with the place in the mapping', async () => {
    const mapping = [
      'source: damaged',
      'rows:',
      '  - id: [order]',
      '    fields:',
      ...Object.entries(lineFields).map(([field, column]) => `      ${field}: ${column}`),
    ].join('\n');
    const content = sound.replace('pieces', 'Pieces');
    const load = await client.load(linesFile(content, { mapping }));
    expect(load).toMatchObject({ status: 'failed', error: { code: 'invalid_mapping' } });
    expect(load.error!.detail).toContain(
      'mapping:8:17: the source has no column pieces; it has order, at, product, Pieces, price.',
    );
    expect(await storedOf(load)).toBe(0);
  });

  it('is loaded once it is mended', async () => {
    const broken = linesFile(`${HEADER}\n${row('mended')}\n"${row('x')}\n`);
    expect(await client.load(broken)).toMatchObject({ status: 'failed' });
    const load = await client.load({ ...broken, content: `${HEADER}\n${row('mended')}\n` });
    expect(load).toMatchObject({ status: 'done', counts: counts({ loaded: 1 }) });
    expect(await storedOf(load)).toBe(1);
  });
});

describe('rows that cannot be read are rejected, while the others load', () => {
  it('numbers with a comma where a point is expected, and the other way round', async () => {
    const rows = ['a,2026-02-01,mug,1,"1,50"', 'b,2026-02-01,mug,1,1.50', 'c,2026-02-01,mug,,1'];
    const load = await client.load(linesFile(csv(HEADER, ...rows)));
    expect(load.counts).toEqual(counts({ loaded: 1, rejected: 2 }));
    expect(await reasonsOf(load)).toEqual([
      [2, 'unit_price', 'invalid_decimal'],
      [4, 'quantity', 'missing'],
    ]);
    const mapping = linesMapping({ decimal_comma: true });
    const withComma = await client.load(linesFile(csv(HEADER, ...rows), { mapping }));
    expect(withComma.counts).toEqual(counts({ loaded: 1, rejected: 2 }));
    expect(await reasonsOf(withComma)).toEqual([
      [3, 'unit_price', 'invalid_decimal'],
      [4, 'quantity', 'missing'],
    ]);
  });

  it('ids and dates that a spreadsheet has mangled', async () => {
    const content = csv(
      HEADER,
      '5.36E+05,2026-02-01,mug,1,1',
      'good,2026-02-01,85123.0,1,1',
      'good,40513.35,mug,1,1',
      'good,01/02/2026,mug,1,1',
      'good,2026-02-30,mug,1,1',
      'good,1899-12-31,mug,1,1',
      'good,2026-02-01,#N/A,1,1',
      '"=""00123""",2026-02-01,1E5,1,1',
    );
    const load = await client.load(linesFile(content));
    expect(load.counts).toEqual(counts({ loaded: 1, rejected: 7 }));
    expect(await reasonsOf(load)).toEqual([
      [2, 'order_id', 'mangled_id'],
      [3, 'product_id', 'mangled_id'],
      [4, 'placed_at', 'mangled_time'],
      [5, 'placed_at', 'invalid_time'],
      [6, 'placed_at', 'invalid_time'],
      [7, 'placed_at', 'out_of_range'],
      [8, 'product_id', 'mangled_id'],
    ]);
    const { id } = await service.platform.warehouse.queryOne<{ id: string }>(
      'reader',
      `select JSONExtractString(payload, 'order_id') as id from bronze.records
       where load_id = {load:String}`,
      { load: load.id },
    );
    expect(id).toBe('00123');
  });

  it('times that a clock change repeats or skips, unless the mapping or they say which', async () => {
    const times = ['2026-10-25 02:30:00', '2026-03-29 02:30:00', '2026-10-25T02:30:00+01:00'];
    const content = csv(HEADER, ...times.map((at, n) => `t${n},${at},mug,1,1`));
    const mapped = (more: object) =>
      client.load(linesFile(content, { mapping: linesMapping(more) }));
    const timezone = 'Europe/Vienna';
    const load = await mapped({ timezone });
    expect(load.counts).toEqual(counts({ loaded: 1, rejected: 2 }));
    expect(await reasonsOf(load)).toEqual([
      [2, 'placed_at', 'ambiguous_time'],
      [3, 'placed_at', 'skipped_time'],
    ]);
    const later = await mapped({ timezone, ambiguous_times: 'later' });
    expect(later.counts).toEqual(counts({ loaded: 1, unchanged: 1, rejected: 1 }));
  });

  it('rows of another length, lines that are no JSON, and rows of no branch', async () => {
    const lengths = await client.load(
      linesFile(csv(HEADER, 'w1,2026-02-01', `${row('w2')},more`, row('w3'))),
    );
    expect(lengths.counts).toEqual(counts({ loaded: 1, rejected: 2 }));
    expect(await reasonsOf(lengths)).toEqual([
      [2, '', 'wrong_number_of_fields'],
      [3, '', 'wrong_number_of_fields'],
    ]);
    const lines = [ndjson({ id: 'n1' }), '{"id":', '[1]', ndjson({ id: 2 ** 60 }), '{"id":"n2"}'];
    const broken = await client.load({
      entity: 'products',
      name: 'broken.ndjson',
      mapping: JSON.stringify({
        source: 'damaged',
        rows: [{ when: { id: { not_equals: 'n2' } }, fields: { product_id: 'id' } }],
      }),
      content: lines.join('\n'),
    });
    expect(broken.counts).toEqual(counts({ loaded: 1, rejected: 4 }));
    expect(await reasonsOf(broken)).toEqual([
      [2, '', 'invalid_json'],
      [3, '', 'invalid_json'],
      [4, '', 'number_out_of_range'],
      [5, '', 'no_matching_rule'],
    ]);
  });
});

it('a file of which too much is bad fails, and stops where it is', async () => {
  const content = csv('id,name', ...Array.from({ length: BAD_ROWS }, () => '"#N/A",x'));
  const mapping = mappingOf('damaged', { product_id: 'id', name: 'name' });
  const load = await client.load({ entity: 'products', name: 'bad.csv', mapping, content });
  expect(load).toMatchObject({ status: 'failed', rows_total: BAD_ROWS });
  expect(load.error).toMatchObject({ code: 'too_many_rejected' });
  expect(load.counts.rejected).toBe(load.counts.read);
  expect(load.counts.rejected).toBeGreaterThan(100_000);
  expect(load.counts.rejected).toBeLessThan(BAD_ROWS);
  expect(load.error!.detail).toContain(`the load stopped at line ${load.counts.read + 1}`);
});
