import fc from 'fast-check';
import { dataFiles, readAll, readPlainly, refusal } from '../../../../test/support/data-files.js';
import { checkFile } from './open-rows.js';

const { file, gzipped } = dataFiles();

const CHUNKS = [1, 3, 7, 64 * 1024];
const LARGEST = 1024 * 1024;

async function cells(json: string, ...wanted: string[]): Promise<unknown[]> {
  const [row] = await readPlainly(file('a.json', json), wanted);
  return row!.slice(1);
}

describe('rows of JSON', () => {
  const elements = '[ {"id": 7, "name": "ä\\u00e9\\n"},\n{"id":"8","tags":["a", {"b": 1.50}]} ,{}]';
  const expected = [
    [1, '7', 'äé\n', null],
    [2, '8', null, '["a",{"b":1.50}]'],
    [3, null, null, null],
  ];

  it.each([
    ['an array', elements],
    ['an array with a mark', `\uFEFF${elements} \n`],
    ['an object of one array', `{"data":${elements}}`],
    [
      'an object of one array and other members',
      `{"object":"list","page":{"tags":[1,[2]],"n":1},"data":${elements},"more":false}\n`,
    ],
  ])('are the elements of %s, each with its number', async (_, content) => {
    for (const chunkBytes of CHUNKS) {
      const json = file('a.json', content);
      expect(await readPlainly(json, ['id', 'name', 'tags'], { chunkBytes })).toEqual(expected);
      expect(await checkFile(json, ['id'], { chunkBytes })).toEqual({ rows: 3 });
      const packed = gzipped('a.json.gz', content);
      expect(await readPlainly(packed, ['id', 'name', 'tags'], { chunkBytes })).toEqual(expected);
    }
  });

  it('are none of an empty array', async () => {
    for (const content of ['[]', '{"data": []}', ' [ ] ']) {
      expect(await readAll(file('a.json', content), ['a'])).toMatchObject({
        columns: ['a'],
        rows: [],
      });
      expect(await checkFile(file('a.json', content), [])).toEqual({ rows: 0 });
    }
  });

  it('keep the digits of their numbers', async () => {
    const numbers = ['9007199254740993', '-1.10', '1E5', '0.30000000000000000001', '1e999'];
    const json = `[{${numbers.map((number, index) => `"n${index}":${number}`).join(',')},
      "all":[${numbers.join(', ')}]}]`;
    const wanted = [...numbers.map((_, index) => `n${index}`), 'all'];
    expect(await cells(json, ...wanted)).toEqual([...numbers, `[${numbers.join(',')}]`]);
  });

  it('have dotted paths, and take `__proto__` for a key like any other', async () => {
    const json = '[{"a":{"b":[{"c":1}]},"a.b":{"d":2},"__proto__":{"x":{"y":3}}}]';
    const wanted = ['a.b.0.c', 'a.b.d', '__proto__', '__proto__.x.y', 'x', 'constructor'];
    expect(await cells(json, ...wanted)).toEqual(['1', '2', '{"x":{"y":3}}', '3', null, null]);
    expect(Object.prototype).not.toHaveProperty('x');
  });

  it.each(['1', '"canary"', 'null', '[{"a": 1.0}]', 'true'])(
    'are broken as %s, and the rows around them are not',
    async (element) => {
      const json = file('a.json', `[{"a":1},${element},{"a":3}]`);
      const { rows } = await readAll(json, ['a']);
      expect(rows).toEqual([
        { line: 1, cells: ['1'] },
        {
          line: 2,
          code: 'invalid_json',
          detail: 'The element is not a JSON object.',
          raw: element.replace(' ', ''),
        },
        { line: 3, cells: ['3'] },
      ]);
      expect(await checkFile(json, ['a'])).toEqual({ rows: 3 });
    },
  );

  it('may be nested 32 levels deep and not 33', async () => {
    const nested = (levels: number) => `${'{"a":['.repeat(levels / 2)}${']}'.repeat(levels / 2)}`;
    const leaf = '{"k":[1,"x,",null,{"\\"":[]}],"l":-0.50}';
    const json = `[${nested(32)},{"a":${nested(32)}},{"b":${'['.repeat(31)}${leaf}${']'.repeat(31)}},{}]`;
    const { rows } = await readAll(file('a.json', json), ['a']);
    expect(rows).toMatchObject([
      { line: 1, cells: [nested(32).slice(5, -1)] },
      { line: 2, code: 'too_deep', raw: `{"a":${nested(32)}}` },
      { line: 3, code: 'too_deep', raw: `{"b":${'['.repeat(31)}${leaf}${']'.repeat(31)}}` },
      { line: 4, cells: [null] },
    ]);
    const deep = file('a.json', `[${nested(200_000)}]`);
    expect(await readPlainly(deep, [])).toEqual([[1, 'too_deep']]);
  });
});

describe('broken JSON', () => {
  it.each([
    ['[{"a":1},\n{"a":"canary" 2}]', '2:15', 'in element 2'],
    ['[{"a":1},\n\n{"a":canary}]', '3:6', 'in element 2'],
    ['[{"a":1},\n{"a":tru}]', '2:6', 'in element 2'],
    ['[{"a":1}\n,]', '2:2', 'in element 2'],
    ["[{'a':1}]", '1:3', 'in element 1'],
    ['[{"a":"x\ny"}]', '1:9', 'in element 1'],
    ['[{"a":"\\x"}]', '1:8', 'in element 1'],
    ['[{"a":01}]', '1:8', 'in element 1'],
    ['[{"a":1}]\n{"a":2}', '2:1', 'after the last element (1)'],
    ['{"data":[{},{}],}', '1:17', 'after the last element (2)'],
    ['[{}]x', '1:5', 'format: ndjson'],
  ])('is refused: %j at %s', async (content, place, problem) => {
    for (const chunkBytes of CHUNKS) {
      const detail = await refusal(file('a.json', content), ['a'], { chunkBytes });
      expect(detail).toContain(`a.json:${place}: The JSON is broken`);
      expect(detail).toContain(problem);
      expect(detail).not.toContain('canary');
    }
  });

  it.each([
    ['[{"a":1},\n{"a"', '2:5', 'in element 2'],
    ['[{"a":1}', '1:9', 'in element 2'],
    ['[', '1:2', 'in element 1'],
    ['{"data":[{"a":1}]', '1:18', 'after the last element (1)'],
  ])('is refused where it ends too early: %j', async (content, place, problem) => {
    const detail = await refusal(file('a.json', content));
    expect(detail).toBe(`a.json:${place}: The file ends ${problem}, unfinished.`);
  });

  it.each(['{"a":1}\n', '{}', '1 ', '"x"', '{"a":{"b":[{}]}}', '{"a":1}\n{"a":2}'])(
    'has an array somewhere: %j is refused',
    async (content) => {
      const detail = await refusal(file('a.json', content));
      expect(detail).toMatch(/^a\.json:1:1: The file is no array of objects.*format: ndjson/);
    },
  );

  it('has one array only', async () => {
    const detail = await refusal(file('a.json', '{"a":[{}],"b":[{}]}'));
    expect(detail).toBe('a.json:1:1: The object of the file has more than one array.');
  });

  it('has its first fault told where there are several', async () => {
    const content = '{"a":[{}],"b":[{}]}x';
    expect(await refusal(file('a.json', content))).toMatch(/more than one array/);
  });

  it('refuses an element, and whatever else, beyond 1 MiB', async () => {
    const text = 'x'.repeat(LARGEST);
    const place = /^a\.json:\d+:\d+: /;
    const element = await refusal(file('a.json', `[{},\n{"a":"${text}"}]`));
    expect(element).toMatch(place);
    expect(element).toContain('Element 2 is larger than 1024 KiB.');
    const member = await refusal(file('a.json', `{"a":"${text}","data":[]}`));
    expect(member).toMatch(place);
    expect(member).toContain('A member outside of the array is larger than 1024 KiB.');
    const within = file('a.json', `[{"a":"${text.slice(50)}"},{"a":"${text.slice(50)}"}]`);
    expect(await checkFile(within, [])).toEqual({ rows: 2 });
  });
});

describe('JSON and NDJSON', () => {
  it('of the same objects give the same cells', async () => {
    const wanted = ['a', 'a.b', 'b', '__proto__', 'c d', 'a.0'];
    const row = fc.dictionary(
      fc.constantFrom('a', 'b', 'a.b', '__proto__', 'c d'),
      fc.jsonValue({ maxDepth: 3 }),
    );
    const chunkBytes = fc.constantFrom(7, 64 * 1024);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 4 }),
        chunkBytes,
        fc.nat(2),
        async (rows, size, indent) => {
          const limits = { chunkBytes: size };
          const json = file('a.json', JSON.stringify(rows, null, indent));
          const lines = `${rows.map((one) => JSON.stringify(one)).join('\n')}\n\n{}`;
          const ndjson = await readPlainly(file('a.ndjson', lines), wanted, limits);
          const exact = ndjson.slice(0, -1).filter(([, code]) => code !== 'number_out_of_range');
          const numbers = new Set(exact.map(([line]) => line));
          const read = await readPlainly(json, wanted, limits);
          expect(read).toHaveLength(rows.length);
          expect(read.filter(([line]) => numbers.has(line))).toEqual(exact);
        },
      ),
      { numRuns: 150 },
    );
  });
});
