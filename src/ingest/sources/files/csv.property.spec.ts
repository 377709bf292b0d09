import fc from 'fast-check';
import { dataFiles, readAll } from '../../../../test/support/data-files.js';
import { isBroken } from '../rows.js';
import { checkFile } from './open-rows.js';

const { file, gzipped } = dataFiles();

const cell = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '1', ' ', ',', ';', '"', '\n', '\r', 'ä', '🙂', '\t') }),
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '""', '"', '\r\n', "'", '|', '__proto__', '\uFFFD'),
);

/** Columns are named by their number: a random name might be there twice. */
const table = fc
  .integer({ min: 1, max: 4 })
  .chain((width) =>
    fc.array(fc.array(cell, { minLength: width, maxLength: width }), { maxLength: 12 }),
  );

const dialect = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|', '§'),
  quote: fc.constantFrom('"', "'"),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  quotesAll: fc.boolean(),
  endsWithLineEnd: fc.boolean(),
});
type Dialect = typeof dialect extends fc.Arbitrary<infer Written> ? Written : never;

/** RFC 4180: what holds a delimiter, a quote or a line end is quoted, quotes within are doubled. */
function write(rows: readonly (readonly string[])[], as: Dialect): string {
  const written = (value: string, isAlone: boolean) => {
    const isPlain = ![as.delimiter, as.quote, '\n', '\r'].some((part) => value.includes(part));
    if (isPlain && !as.quotesAll && !(isAlone && value === '')) return value;
    return as.quote + value.replaceAll(as.quote, as.quote + as.quote) + as.quote;
  };
  const lines = rows.map((cells) =>
    cells.map((value) => written(value, cells.length === 1)).join(as.delimiter),
  );
  return lines.join(as.lineEnd) + (as.endsWithLineEnd ? as.lineEnd : '');
}

/** The lines at which rows begin, counted in the text that was written before each. */
function beginnings(rows: readonly (readonly string[])[], as: Dialect): number[] {
  return rows.map(
    (_, index) => write([...rows.slice(0, index), ['x']], as).split('\n').length - tail(as),
  );
}
const tail = (as: Dialect) => (as.endsWithLineEnd ? 1 : 0);

const chunkBytes = fc.constantFrom(1, 2, 3, 4, 7, 64, 64 * 1024);

describe('CSV that was written by its rules', () => {
  it('is read back as it was, with the lines of its rows', async () => {
    await fc.assert(
      fc.asyncProperty(table, dialect, chunkBytes, fc.boolean(), async (rows, as, size, packs) => {
        const header = (rows[0] ?? ['']).map((_, index) => `column_${index}`);
        const all = [header, ...rows];
        const { delimiter, quote } = as;
        const make = packs ? gzipped : file;
        const csv = make('a.csv', write(all, as), { delimiter, quote });
        const limits = { chunkBytes: size };
        const read = await readAll(csv, [], limits);
        expect(read.columns).toEqual(header);
        expect(read.rows).toEqual(
          rows.map((cells, index) => ({
            line: beginnings(all, as)[index + 1],
            cells: cells.map((value) => (value === '' ? null : value)),
          })),
        );
        expect(await checkFile(csv, [], limits)).toEqual({ rows: rows.length });
      }),
      { numRuns: 150 },
    );
  });
});

describe('CSV of any shape', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', ',', '"', '"', '\n', '\n', '\r', '\r\n', 'ä', ' '),
    maxLength: 40,
  });

  it('is refused by its check exactly where its rows cannot be read', async () => {
    await fc.assert(
      fc.asyncProperty(text, chunkBytes, fc.constantFrom(6, 1_000), async (body, size, record) => {
        const csv = file('a.csv', `a,b\n${body}`);
        const limits = { chunkBytes: size, recordBytes: record };
        const verdict = async (work: () => Promise<number>) => work().catch(String);
        const read = await verdict(async () => (await readAll(csv, [], limits)).rows.length);
        const checked = await verdict(async () => (await checkFile(csv, [], limits)).rows);
        expect(checked).toBe(read);
      }),
      { numRuns: 500 },
    );
  });

  it('is read alike however it is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(text, chunkBytes, async (body, size) => {
        const csv = file('a.csv', `a,b\n${body}`);
        const read = (bytes: number) =>
          readAll(csv, [], { chunkBytes: bytes })
            .then(({ rows }) => rows.map((row) => [row.line, isBroken(row) ? row.raw : row.cells]))
            .catch(String);
        expect(await read(size)).toEqual(await read(64 * 1024));
      }),
      { numRuns: 250 },
    );
  });
});
