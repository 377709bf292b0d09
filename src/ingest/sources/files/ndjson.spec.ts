import { dataFiles, readAll, readPlainly, refusal } from '../../../../test/support/data-files.js';
import { checkFile } from './open-rows.js';

const { file, gzipped } = dataFiles();

const CHUNKS = [1, 3, 7, 64 * 1024];

/** The cells of one object. */
async function cells(json: string, ...wanted: string[]): Promise<unknown[]> {
  const [row] = await readPlainly(file('a.ndjson', json), wanted);
  return row!.slice(1);
}

describe('rows of NDJSON', () => {
  it('are the wanted values as text, each with its line', async () => {
    const lines = [
      '{"id":7,"name":"ä\\n","paid":true,"note":null}',
      '',
      '  \t',
      '{"name":"","id":"8","tags":["a",{"b":1.50}],"paid":false} \r',
      '{}',
    ];
    const wanted = ['id', 'name', 'paid', 'note', 'tags'];
    const expected = [
      [1, '7', 'ä\n', 'true', null, null],
      [4, '8', '', 'false', null, '["a",{"b":1.5}]'],
      [5, null, null, null, null, null],
    ];
    for (const content of [
      lines.join('\n'),
      `${lines.join('\n')}\n`,
      `\uFEFF${lines.join('\n')}`,
    ]) {
      for (const chunkBytes of CHUNKS) {
        const ndjson = file('a.ndjson', content);
        expect(await readPlainly(ndjson, wanted, { chunkBytes })).toEqual(expected);
        expect(await checkFile(ndjson, wanted, { chunkBytes })).toEqual({ rows: 3 });
      }
    }
    expect((await readAll(gzipped('a.jsonl', lines.join('\n')), wanted)).columns).toBe(wanted);
  });

  it.each([
    ['{"customer":{"id":1}}', 'customer.id', '1'],
    ['{"customer.id":2,"customer":{"id":1}}', 'customer.id', '2'],
    ['{"a":{"b.c":3}}', 'a.b.c', '3'],
    ['{"a.b":{"c":4},"a":{"b.c":3}}', 'a.b.c', '4'],
    ['{"a.b":{"x":4},"a":{"b":{"c":5}}}', 'a.b.c', '5'],
    ['{"items":[{"sku":"x"},{"sku":"y"}]}', 'items.1.sku', 'y'],
    ['{"items":[1,2]}', 'items.length', null],
    ['{"items":[1,2]}', 'items.2', null],
    ['{"a":"text"}', 'a.length', null],
    ['{"a":null}', 'a.b', null],
    ['{"a":{}}', 'a.toString', null],
    ['{"":{"":6}}', '.', null],
  ])('of %s has at %s the value %j', async (json, path, value) => {
    expect(await cells(json, path)).toEqual([value]);
  });

  it.each([
    ['__proto__', '{"a":"own"}'],
    ['__proto__.a', 'own'],
    ['constructor', 'c'],
    ['toString', null],
    ['a', null],
  ])('take %s for a key like any other', async (path, value) => {
    expect(await cells('{"x":1}', path)).toEqual([null]);
    expect(await cells('{"__proto__":{"a":"own"},"constructor":"c"}', path)).toEqual([value]);
    expect(Object.prototype).not.toHaveProperty('a');
  });

  it.each([
    ['{"a":1', 'invalid_json'],
    ['[1]', 'invalid_json'],
    ['"canary"', 'invalid_json'],
    ['null', 'invalid_json'],
    ['{"a":1}{"a":2}', 'invalid_json'],
    ['{"a":9007199254740992}', 'number_out_of_range'],
    ['{"a":-12345678901234567890}', 'number_out_of_range'],
    ['{"a":1e999}', 'number_out_of_range'],
    ['{"a":{"b":[1,9007199254740993]}}', 'number_out_of_range'],
  ])('are broken as %s, and the rows around them are not', async (line, code) => {
    const ndjson = file('a.ndjson', `{"a":1}\n${line}\n{"a":"3"}\n`);
    const { rows } = await readAll(ndjson, ['a']);
    expect(rows).toEqual([
      { line: 1, cells: ['1'] },
      { line: 2, code, detail: expect.any(String), raw: line },
      { line: 3, cells: ['3'] },
    ]);
    expect(rows[1]).not.toHaveProperty('detail', expect.stringMatching(/canary|900719|1234/));
    expect(await checkFile(ndjson, ['a'])).toEqual({ rows: 3 });
  });

  it('may hold any number where it is not wanted, and the largest exact one where it is', async () => {
    expect(await cells('{"a":9007199254740991,"b":9007199254740993}', 'a')).toEqual([
      '9007199254740991',
    ]);
    expect(await cells('{"a":-0.10,"b":"9007199254740993"}', 'a', 'b')).toEqual([
      '-0.1',
      '9007199254740993',
    ]);
  });

  it.each([true, false])(
    'may be nested 32 levels deep and not 33 (arrays: %j)',
    async (isArray) => {
      const [open, close] = isArray ? ['[', ']'] : ['{"a":', '}'];
      const nested = (levels: number) =>
        `{"a":${open.repeat(levels - 1)}${isArray ? '' : '1'}${close.repeat(levels - 1)}}`;
      const within = nested(32);
      expect(await cells(within, 'a')).toEqual([within.slice(5, -1)]);
      const lines = [nested(33), nested(100_000), `{"a":"${'['.repeat(50)}"}`].join('\n');
      expect(await readPlainly(file('a.ndjson', lines), ['b'])).toEqual([
        [1, 'too_deep'],
        [2, 'too_deep'],
        [3, null],
      ]);
    },
  );
});

describe('a line of NDJSON', () => {
  const line = (bytes: number, fill = 'x') => {
    const empty = '{"a":""}';
    return `{"a":"${fill.repeat((bytes - empty.length) / Buffer.byteLength(fill))}"}`;
  };

  it.each(['x', 'é'])('may have 1 MiB and not one byte more (of %s)', async (fill) => {
    const longest = line(1024 * 1024, fill);
    expect(Buffer.byteLength(longest)).toBe(1024 * 1024);
    const within = file('a.ndjson', `{}\n${longest}\n{}`);
    expect(await readPlainly(within, [])).toHaveLength(3);
    for (const end of ['\n{}', '']) {
      const beyond = file('a.ndjson', `{}\n\n${longest} ${end}`);
      const detail = await refusal(beyond);
      expect(detail).toMatch(/^a\.ndjson:3:1: The line is longer than 1024 KiB\. .*format: json/);
    }
  });
});
