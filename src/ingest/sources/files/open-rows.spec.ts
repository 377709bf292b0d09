import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import {
  dataFiles,
  openHandles,
  readAll,
  readPlainly,
  refusal,
} from '../../../../test/support/data-files.js';
import { checkFile, openRows } from './open-rows.js';

const { file, gzipped, folder } = dataFiles();

const CSV = 'a,b\n1,2\n3,4\n';
const NDJSON = '{"a":1,"b":"2"}\n{"a":"3","b":4}\n';
const JSON_ARRAY = '[{"a":1,"b":"2"},{"a":"3","b":4}]';
const VALUES = [
  ['1', '2'],
  ['3', '4'],
];

describe('openRows', () => {
  it.each([
    ['a.csv', CSV],
    ['a.CSV', CSV],
    ['a.tsv', CSV.replaceAll(',', '\t')],
    ['a.txt', CSV.replaceAll(',', '|')],
    ['export', CSV],
    ['a.ndjson', NDJSON],
    ['a.jsonl', NDJSON],
    ['export', `\n ${NDJSON}`],
    ['a.json', JSON_ARRAY],
    ['a.json', `{"data":${JSON_ARRAY}}`],
    ['export.txt', `\n${JSON_ARRAY}`],
  ])('knows the format of %s', async (name, content) => {
    for (const make of [file, gzipped]) {
      for (const suffix of ['', '.gz']) {
        const data = make(name + suffix, content);
        const { columns, rows } = await readAll(data, ['a', 'b']);
        expect(columns).toEqual(['a', 'b']);
        expect(rows.map((row) => 'cells' in row && row.cells)).toEqual(VALUES);
        expect(await checkFile(data, ['a', 'b'])).toEqual({ rows: 2 });
      }
    }
  });

  it('takes the format of the mapping for the truth', async () => {
    const csv = file('a.json', CSV, { format: 'csv' });
    expect(await readPlainly(csv)).toHaveLength(2);
    const ndjson = file('a.csv', NDJSON, { format: 'ndjson' });
    expect(await readPlainly(ndjson, ['a'])).toHaveLength(2);
    const json = file('a.ndjson', JSON_ARRAY, { format: 'json' });
    expect(await readPlainly(json, ['a'])).toHaveLength(2);
  });

  it('hands rows on in batches of bounded size', async () => {
    const count = 12_001;
    const numbers = Array.from({ length: count }, (_, index) => index);
    const contents = {
      'a.csv': `a\n${numbers.join('\n')}`,
      'a.ndjson': numbers.map((a) => `{"a":${a}}`).join('\n'),
      'a.json': `[${numbers.map((a) => `{"a":${a}}`).join(',')}]`,
    };
    for (const [name, content] of Object.entries(contents)) {
      const { rows, batches } = await readAll(file(name, content), ['a']);
      expect(batches).toEqual([5_000, 5_000, 2_001]);
      expect(rows.map((row) => 'cells' in row && row.cells[0])).toEqual(numbers.map(String));
    }
  });

  it('counts the text of a batch, that of long rows as well', async () => {
    const long = 'x'.repeat(1_000);
    const rows = Array.from({ length: 50 }, () => `"${long}"`);
    const limits = { batchBytes: 5_000, chunkBytes: 300 };
    const { batches } = await readAll(file('a.csv', `a\n${rows.join('\n')}`), [], limits);
    expect(Math.max(...batches)).toBeLessThanOrEqual(4);
    expect(Math.max(...batches)).toBeGreaterThan(2);
  });

  it.each(['a.csv', 'a.ndjson', 'a.json'])(
    'closes %s when the reading ends, breaks off or fails',
    async (name) => {
      const many = Array.from({ length: 30_000 }, (_, index) => index);
      const content = {
        'a.csv': `a\n${many.join('\n')}\n`,
        'a.ndjson': many.map((a) => `{"a":${a}}\n`).join(''),
        'a.json': `[${many.map((a) => `{"a":${a}}`).join(',')}]`,
      }[name]!;
      const packed = gzipSync(content);
      for (const data of [
        file(name, content),
        file(name, packed),
        file(name, packed.subarray(0, -99)),
      ]) {
        const opened = await openRows(data, ['a']);
        expect(openHandles(folder)).toBe(0);
        for await (const batch of opened.batches) {
          expect(batch).toHaveLength(5_000);
          expect(openHandles(folder)).toBe(1);
          break;
        }
        expect(openHandles(folder)).toBe(0);
        await readAll(data, ['a']).catch(() => undefined);
        await checkFile(data, ['a']).catch(() => undefined);
        expect(openHandles(folder)).toBe(0);
      }
    },
  );

  it('reads the file anew with every iteration', async () => {
    const { batches } = await openRows(file('a.csv', CSV), []);
    for (const _ of [1, 2]) {
      const read = [];
      for await (const batch of batches) read.push(...batch);
      expect(read).toHaveLength(2);
    }
  });
});

describe('files made to fill the memory', () => {
  const PIECE_BYTES = 1024 * 1024;
  const PIECES = 300;
  /** Garbage is collected when it pleases the engine; what is held whole would be more than this. */
  const GROWTH_BYTES_MAX = 256 * 1024 * 1024;

  /** 300 MiB of one pattern, after a beginning, in a gzip of a few hundred kilobytes. */
  function endless(name: string, start: string, pattern: string) {
    const piece = gzipSync(pattern.repeat(PIECE_BYTES / pattern.length));
    const data = file(name, '');
    writeFileSync(
      data.path,
      Buffer.concat([gzipSync(start), ...Array.from({ length: PIECES }, () => piece)]),
    );
    return data;
  }

  it.each([
    ['a.csv', 'a,b\n1,2\n', 'x'],
    ['a.csv', 'a,b\n1,2\n', ','],
    ['a.csv', 'a,b\n1,"2', '\n'],
    ['a.csv', 'a,b\n1,"2', '""'],
    ['a.csv', '', 'ab'],
    ['a.csv', '', ','],
    ['a.ndjson', '{}\n', 'x'],
    ['a.ndjson', '{}\n', ' '],
    ['a.json', '[{"a":"', 'x'],
    ['a.json', '[{"a":"', '\\n'],
    ['a.json', '[{"', 'x'],
    ['a.json', '[{"a":', '1'],
    ['a.json', '[', '['],
    ['a.json', '[{"a":[1', ',1'],
    ['a.json', '{"data":[],"', 'x'],
    ['a.json', '{"a":', '{"":'],
    ['a.json', '{"data":[],"a":"', 'x'],
  ])('are refused early: %s with %j and %j forever', async (name, start, pattern) => {
    const data = endless(name, start, pattern);
    const before = process.memoryUsage().rss;
    expect(await refusal(data, ['a'])).toMatch(/^a\.\w+:\d+:\d+: /);
    expect(process.memoryUsage().rss - before).toBeLessThan(GROWTH_BYTES_MAX);
    expect(openHandles(folder)).toBe(0);
  });
});
