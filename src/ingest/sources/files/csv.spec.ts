import { jest } from '@jest/globals';
import { dataFiles, readAll, readPlainly, refusal } from '../../../../test/support/data-files.js';
import { checkFile } from './open-rows.js';

const { file, gzipped } = dataFiles();

const SMALL = { recordBytes: 100 };
const CHUNKS = [1, 2, 3, 5, 7, 11, 64 * 1024];

describe('rows of CSV', () => {
  it('are the cells of all columns, empty ones null, each with its line', async () => {
    const csv = file('a.csv', 'sku,name,price\n1,"one, two",3.50\n2,,""\n');
    expect(await readAll(csv, ['price', 'none'])).toEqual({
      columns: ['sku', 'name', 'price'],
      rows: [
        { line: 2, cells: ['1', 'one, two', '3.50'] },
        { line: 3, cells: ['2', null, null] },
      ],
      batches: [2],
    });
  });

  it('begin at the right lines, with line ends and empty lines anywhere', async () => {
    const lines = [
      'sku,note',
      '1,"a',
      'b""',
      '',
      'c"',
      '',
      '',
      '2,x',
      '"3","',
      '"',
      '4,y',
      '',
      '5,"',
      '',
      '"',
      '6,z',
    ];
    const begins = [2, 8, 9, 11, 13, 16];
    for (const lineEnd of ['\n', '\r\n']) {
      const csv = file('a.csv', lines.join(lineEnd));
      for (const chunkBytes of CHUNKS) {
        const rows = await readPlainly(csv, [], { chunkBytes });
        expect(rows.map(([line]) => line)).toEqual(begins);
        expect(rows[0]).toEqual([2, '1', `a${lineEnd}b"${lineEnd}${lineEnd}c`]);
      }
    }
  });

  it('begin at the right lines after an empty beginning and a header of several lines', async () => {
    const csv = file('a.csv', '\n\n"s\nku",n\n\n1,2\n');
    expect(await readAll(csv)).toMatchObject({
      columns: ['s\nku', 'n'],
      rows: [{ line: 6, cells: ['1', '2'] }],
    });
  });

  it('count a bare carriage return within a cell for no line', async () => {
    const csv = file('a.csv', 'a,b\n1,"x\ry"\n2,z\rz\n3,w\n');
    expect(await readPlainly(csv)).toEqual([
      [2, '1', 'x\ry'],
      [3, '2', 'z\rz'],
      [4, '3', 'w'],
    ]);
  });

  it('may end their lines in both ways, or as the old Macintosh did', async () => {
    const rows = [
      [2, '1', '2'],
      [3, '3', '4'],
    ];
    expect(await readPlainly(file('a.csv', 'a,b\r\n1,2\n3,4\r\n'))).toEqual(rows);
    expect(await readPlainly(file('a.csv', 'a,b\n1,2\r\n3,4'))).toEqual(rows);
    expect(await readPlainly(file('a.csv', 'a,b\r1,2\r3,4\r'))).toEqual(rows);
  });

  it.each([
    ['a;b;"c,d,e"', ';', ['a', 'b', 'c,d,e']],
    ['a\tb,c\td', '\t', ['a', 'b,c', 'd']],
    ['a|b|c', '|', ['a', 'b', 'c']],
    ['a,b;c', ',', ['a', 'b;c']],
    ['alone', ',', ['alone']],
  ])('are parted by what the header %j shows', async (header, delimiter, columns) => {
    const row = columns.map((_, index) => `${index}`);
    const csv = file('a.csv', `${header}\n${row.join(delimiter)}\n`);
    expect(await readAll(csv)).toMatchObject({ columns, rows: [{ line: 2, cells: row }] });
  });

  it('are parted by tabs in a .tsv that has any', async () => {
    expect((await readAll(file('a.tsv', 'a,b,c\td\n'))).columns).toEqual(['a,b,c', 'd']);
    expect((await readAll(file('a.tsv', 'a,b,c,d\n'))).columns).toHaveLength(4);
  });

  it('follow the delimiter and the quote of the mapping', async () => {
    const options = { delimiter: '::', quote: "'" };
    const csv = file('a.csv', "a::'b, it''s'\n'1::2'::\"3\"\n", options);
    expect(await readAll(csv)).toMatchObject({
      columns: ['a', "b, it's"],
      rows: [{ line: 2, cells: ['1::2', '"3"'] }],
    });
    const inches = file('a.csv', 'a,b\n5" nail,"6"\n', { quote: '' });
    expect(await readPlainly(inches)).toEqual([[2, '5" nail', '"6"']]);
    expect(await checkFile(inches, [])).toEqual({ rows: 1 });
  });

  it.each([
    [{ delimiter: '' }, 'The delimiter of the mapping must not be empty.'],
    [{ delimiter: '\n' }, 'must not be line ends'],
    [{ quote: '""' }, 'must be one character'],
    [{ delimiter: "'", quote: "'" }, 'must differ'],
  ])('refuse the mapping %j', async (options, problem) => {
    expect(await refusal(file('a.csv', 'a,b\n', options))).toContain(problem);
  });

  it('with another number of fields are broken, and the rows around them are not', async () => {
    const csv = file('a.csv', 'a,b\n1,2\n3\n4,"5,""\n",6\n7,8\n');
    const { rows } = await readAll(csv);
    expect(rows).toEqual([
      { line: 2, cells: ['1', '2'] },
      {
        line: 3,
        code: 'wrong_number_of_fields',
        detail: 'The row has 1 fields, the header has 2.',
        raw: '3',
      },
      {
        line: 4,
        code: 'wrong_number_of_fields',
        detail: 'The row has 3 fields, the header has 2.',
        raw: '4,"5,""\n",6',
      },
      { line: 6, cells: ['7', '8'] },
    ]);
    expect(await checkFile(csv, [])).toEqual({ rows: 4 });
  });

  it('are none in a file of a header alone', async () => {
    for (const text of ['a,b', 'a,b\n', 'a,b\r\n\r\n']) {
      const { columns, rows } = await readAll(file('a.csv', text));
      expect([columns, rows]).toEqual([['a', 'b'], []]);
      expect(await checkFile(file('a.csv', text), [])).toEqual({ rows: 0 });
    }
  });
});

describe('a CSV header', () => {
  it.each([
    ['sku,name,sku', 'a.csv:1:1: Columns 1 and 3 have the same name.'],
    ['sku,column_3,', 'a.csv:1:1: Columns 2 and 3 have the same name.'],
    ['\n\nsku,sku', 'a.csv:3:1: Columns 1 and 2 have the same name.'],
  ])('is refused as %j', async (header, problem) => {
    const detail = await refusal(file('a.csv', `${header}\n1,2,3\n`));
    expect(detail).toContain(problem);
    expect(detail).not.toContain('sku');
  });

  it('numbers columns that have no name, as data frames write their index', async () => {
    for (const header of [',sku,name', '" ",sku,name']) {
      const csv = file('a.csv', `${header}\n1,2,3\n`);
      expect((await readAll(csv)).columns).toEqual(['column_1', 'sku', 'name']);
    }
  });

  it('may be called as an object is made', async () => {
    const csv = file('a.csv', '__proto__,constructor,toString\n1,2,3\n');
    expect(await readAll(csv)).toMatchObject({
      columns: ['__proto__', 'constructor', 'toString'],
      rows: [{ line: 2, cells: ['1', '2', '3'] }],
    });
  });
});

describe('damaged CSV', () => {
  const SECRET = 'canary';

  it.each([
    [`a,b\n1,2\n3,"${SECRET}\n4,5\n`, '3:3', 'never closed'],
    [`a,b\n1,2\n\n\n"${SECRET}\n4,5\n`, '5:1', 'never closed'],
    [`a,b\n1,"x\ny"\n"3\n3",ä"${SECRET}\n`, '5:4', 'quote in its middle'],
    [`a,b\r\n1,2\r\n3,5" ${SECRET}\r\n`, '3:3', 'quote in its middle'],
    [`a,b\n1,"2"${SECRET}\n`, '2:3', 'after its closing quote'],
    [`a,b\n"1\n1","2" \n3,${SECRET}\n`, '3:4', 'after its closing quote'],
    [`a,b\n1,2\n3,"${SECRET}\n4,"5"\n`, '3:3', 'after its closing quote'],
    [`a"b,c\n1,${SECRET}\n`, '1:1', 'quote in its middle'],
    [`a,b\n1,"`, '2:3', 'never closed'],
  ])('is refused: %j at %s', async (text, place, problem) => {
    for (const chunkBytes of CHUNKS) {
      for (const damaged of [file('a.csv', text), gzipped('a.csv', text)]) {
        const detail = await refusal(damaged, [], { chunkBytes });
        expect(detail).toMatch(new RegExp(`^a\\.csv:${place}: .*${problem}`));
        expect(detail).not.toContain(SECRET);
      }
    }
  });

  it('says how to read a file that quotes nothing', async () => {
    expect(await refusal(file('a.csv', 'a\n5" x\n'))).toContain("`file: { quote: '' }`");
  });

  it('takes a row of the longest length and not of one character more', async () => {
    const within = file('a.csv', `a,b\n${'x'.repeat(60)},${'y'.repeat(40)}\n`);
    expect(await readPlainly(within, [], SMALL)).toHaveLength(1);
    expect(await checkFile(within, [], SMALL)).toEqual({ rows: 1 });
    const beyond = file('a.csv', `a,b\n1,2\n${'x'.repeat(60)},${'y'.repeat(41)}\n`);
    expect(await refusal(beyond, [], { recordBytes: 100 })).toMatch(/^a\.csv:3:62: The row does/);
  });

  it('takes a row of 1 MiB and not of one byte more', async () => {
    const mebibyte = 1024 * 1024;
    const within = file('a.csv', `a\n"${'x'.repeat(mebibyte)}"\n1\n`);
    expect(await checkFile(within, [])).toEqual({ rows: 2 });
    expect(await readPlainly(within)).toHaveLength(2);
    const beyond = file('a.csv', `a\n"${'x'.repeat(mebibyte + 1)}"\n1\n`);
    expect(await refusal(beyond)).toContain('a.csv:2:1: The row does not end within 1024 KiB.');
  });

  it('may have any number of empty lines', async () => {
    const csv = gzipped('a.csv', `a,b\n1,2\n${'\n'.repeat(800_000)}3,4\n5,"`);
    expect(await refusal(csv)).toMatch(/^a\.csv:800004:3: .*never closed/);
  });

  it('does not read the rows of sound files twice', async () => {
    const values = Array.from({ length: 20_000 }, (_, index) => `${index},"a ""b"""`).join('\n');
    const csv = file('a.csv', `a,b\n${values}\n`);
    const pushed = jest.spyOn((await import('csv-parse')).Parser.prototype, 'write');
    expect(await checkFile(csv, [])).toEqual({ rows: 20_000 });
    // The header, which stands in the first piece, is all that csv-parse was asked for.
    expect(pushed.mock.calls.length).toBe(1);
    pushed.mockRestore();
  });
});
