import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { CodedError } from '../../../contracts/errors.js';
import { parseMapping } from './mapping.js';

/** The lines of what is wrong; none if the mapping is good. */
function problems(text: string): string[] {
  try {
    parseMapping(text, 'shop.yml');
    return [];
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    expect(error.code).toBe('invalid_mapping');
    return error.detail.split('\n');
  }
}

const lines = (...all: string[]) => all.join('\n');

/** One branch with these lines, the first at line 3. */
const branch = (...all: string[]) =>
  lines(
    'source: shop',
    'rows:',
    ...all.map((line, index) => `${index === 0 ? '  - ' : '    '}${line}`),
  );

const REFUND = [
  'entity: refunds',
  'id: [order, line]',
  'fields:',
  '  order_id: order',
  '  refunded_at: time',
];

describe('a good mapping', () => {
  it('is spelt out', () => {
    const mapping = parseMapping(
      lines(
        'source: shop-1',
        'timezone: Europe/London',
        'ambiguous_times: later',
        'currency: gbp',
        'decimal_comma: true',
        "empty_values: ['NULL', ' - ']",
        `file: { format: csv, delimiter: '\\t', encoding: windows-1252, quote: '' }`,
        'rows:',
        '  - when: { price: { equals: 0, decimal_comma: false } }',
        '    ignore: free of charge',
        '  - when: [{ kind: { in: [a, 1] } }, { kind: { empty: true } }]',
        '    entity: refunds',
        '    id: [order, { ordinal_of: order }, { column: part }, { constant: 007 }]',
        '    fields:',
        '      order_id: { first_of: [order, number], prefix: ORD- }',
        "      refunded_at: { column: time, format: 'dd/MM/yyyy', timezone: UTC }",
        '      amount: { multiply: [cents, 0.01], negate: true }',
        '      country: { column: land, values: { EIRE: IE, 01: 02, none: ~ }, default: unknown }',
        '      is_test: { constant: false }',
      ),
      'shop.yml',
    );
    expect(mapping).toMatchObject({
      name: 'shop.yml',
      source: 'shop-1',
      timezone: 'Europe/London',
      ambiguousTimes: 'later',
      currency: 'GBP',
      decimalComma: true,
      emptyValues: ['NULL', '-'],
      file: { format: 'csv', delimiter: '\t', encoding: 'windows-1252', quote: '' },
      tables: null,
    });
    const [free, refund] = mapping.rows!;
    expect(free).toMatchObject({
      at: 'shop.yml:9:5',
      when: [
        [
          {
            column: { column: 'price', at: 'shop.yml:9:13' },
            decimalComma: false,
            tests: [{ kind: 'in', values: [0], negated: false }],
          },
        ],
      ],
      ignore: 'free of charge',
      entity: null,
      id: null,
      fields: [],
    });
    expect(refund!.when.map(([condition]) => condition!.tests)).toEqual([
      [{ kind: 'in', values: ['a', 1], negated: false }],
      [{ kind: 'empty', expected: true }],
    ]);
    expect(refund!.id).toMatchObject([
      { kind: 'column', column: { column: 'order' } },
      { kind: 'ordinal_of', column: { column: 'order' } },
      { kind: 'column', column: { column: 'part' } },
      { kind: 'constant', text: '007' },
    ]);
    expect(refund!.fields).toMatchObject([
      { name: 'order_id', from: { kind: 'first_of' }, prefix: 'ORD-', at: 'shop.yml:15:7' },
      { name: 'refunded_at', format: 'dd/MM/yyyy', timezone: 'UTC' },
      { from: { kind: 'multiply', factors: [{ column: 'cents' }, { number: '0.01' }] } },
      {
        values: new Map([
          ['EIRE', 'IE'],
          ['01', '02'],
          ['none', null],
        ]),
        default: 'unknown',
      },
      { from: { kind: 'constant', text: 'false' } },
    ]);
  });

  it('may be of tables', () => {
    const mapping = parseMapping(
      lines(
        'source: shop',
        'tables:',
        '  - table: shop.users',
        '    key: id',
        '    changed_at: updated_at',
        '    rows:',
        '      - when: { name: { equals: test } }',
        '        ignore: a test',
        '      - entity: customers',
        '        fields: { customer_id: id }',
        '  - { table: items, key: id, rows: [{ entity: products, fields: { product_id: id } }] }',
      ),
      'shop.yml',
    );
    expect(mapping.rows).toBeNull();
    expect(mapping.tables).toMatchObject([
      { table: 'shop.users', key: 'id', changedAt: 'updated_at', at: 'shop.yml:3:5' },
      { table: 'items', key: 'id', changedAt: null },
    ]);
    // An ignored row of a table is known by its key, as its number says nothing.
    const [test] = mapping.tables![0]!.rows;
    expect(test!.id).toMatchObject([{ kind: 'column', column: { column: 'id' } }]);
  });

  it('has defaults', () => {
    const mapping = parseMapping('source: shop\nrows: [{ ignore: all }]', 'shop.yml');
    expect(mapping).toMatchObject({
      timezone: 'UTC',
      ambiguousTimes: 'reject',
      currency: null,
      decimalComma: false,
      emptyValues: [],
      file: {},
    });
  });

  it('may repeat itself by anchors', () => {
    const mapping = parseMapping(
      lines(
        'source: shop',
        'rows:',
        '  - { when: { a: { above: 1 } }, ignore: x, id: &id [a, b] }',
        '  - { ignore: y, id: *id }',
      ),
      'shop.yml',
    );
    expect(mapping.rows![1]!.id).toEqual(mapping.rows![0]!.id);
  });

  it.each(['online_retail', 'oneshop'])('is that of %s, as shipped', (name) => {
    const file = `mappings/${name}.yml`;
    const mapping = parseMapping(readFileSync(file, 'utf8'), file);
    expect(mapping.source).toBe(name);
  });
});

describe('what is wrong is said with its place', () => {
  it.each<[string, string, string[]]>([
    ['no YAML', 'source: [', ['shop.yml:1:10: Flow sequence in block collection']],
    ['nothing', '', ['shop.yml:1:1: the YAML must be a mapping, not nothing.']],
    ['a list', '- 1', ['shop.yml:1:1: the YAML must be a mapping, not a list.']],
    ['a key twice', 'source: a\nsource: b', ['shop.yml:2:1: Map keys must be unique.']],
    ['two documents', 'source: a\n---\nsource: b', ['shop.yml:2:1: a second document begins']],
    ['a tag', 'source: !!js/function x', ['shop.yml:1:9: Unresolved tag']],
    ['an alias of nothing', 'source: *x', ['shop.yml: Unresolved alias']],
    ['deep nesting', '['.repeat(9000), ['is nested too deeply.']],
    ['no source', 'rows: [{ ignore: x }]', ['shop.yml:1:1: the YAML needs the key source.']],
    [
      'a source of other letters',
      'source: My Shop\nrows: [{ ignore: x }]',
      ['shop.yml:1:9: source must be at most 100 of'],
    ],
    [
      'an unknown key',
      'source: a\nrowz: 1\nrows: [{ ignore: x }]',
      ['shop.yml:2:1: the YAML has no key rowz; known are source, timezone,'],
    ],
    ['neither rows nor tables', 'source: a', ['shop.yml:1:1: a mapping has either rows']],
    [
      'both',
      'source: a\nrows: [{ ignore: x }]\ntables: [{ table: a, key: b, rows: [{ ignore: x }] }]',
      ['shop.yml:1:1: a mapping has either rows'],
    ],
    ['no rows', 'source: a\nrows: []', ['shop.yml:2:7: rows must NOT have fewer than 1 items.']],
    [
      'a timezone',
      'source: a\ntimezone: Europe/Londom\nrows: [{ ignore: x }]',
      ['shop.yml:2:11: Europe/Londom is no IANA timezone'],
    ],
    [
      'ambiguous times',
      'source: a\nambiguous_times: guess\nrows: [{ ignore: x }]',
      ['shop.yml:2:18: ambiguous_times must be one of reject, earlier, later.'],
    ],
    [
      'a currency',
      'source: a\ncurrency: Pound\nrows: [{ ignore: x }]',
      ['shop.yml:2:11: Pound is not a currency'],
    ],
    [
      'an encoding',
      'source: a\nfile: { encoding: latin-99 }\nrows: [{ ignore: x }]',
      ['shop.yml:2:19: latin-99 is no known encoding'],
    ],
    [
      'a delimiter',
      'source: a\nfile: { delimiter: "||" }\nrows: [{ ignore: x }]',
      ['shop.yml:2:20: file.delimiter must be one character or "\\t".'],
    ],
    [
      'delimiter and quote',
      `source: a\nfile: { delimiter: '"' }\nrows: [{ ignore: x }]`,
      ['shop.yml:2:20: delimiter and quote are the same'],
    ],
    [
      'a quote',
      'source: a\nfile: { quote: "``" }\nrows: [{ ignore: x }]',
      ['shop.yml:2:16: file.quote must be one character'],
    ],
    [
      'a file of tables',
      'source: a\nfile: { format: csv }\ntables: [{ table: a, key: b, rows: [{ ignore: x }] }]',
      ['shop.yml:2:1: file goes with rows'],
    ],
    [
      'a table’s name',
      'source: a\ntables: [{ table: a.b.c, key: b, rows: [{ ignore: x }] }]',
      ['shop.yml:2:19: tables[0].table must be schema.table or table.'],
    ],
    [
      'a table without a key',
      'source: a\ntables: [{ table: a, rows: [{ ignore: x }] }]',
      ['shop.yml:2:10: tables[0] needs the key key.'],
    ],
    [
      'a table’s branch without an entity',
      'source: a\ntables: [{ table: a, key: b, rows: [{ fields: { name: x } }] }]',
      ['shop.yml:2:37: a branch of a table names its entity.'],
    ],
    [
      'an ordinal of a table',
      'source: a\ntables: [{ table: a, key: b, rows: [{ ignore: x, id: [{ ordinal_of: c }] }] }]',
      ['ordinal_of counts the rows of a file'],
    ],
  ])('%s', (_, text, expected) => {
    expect(problems(text).join('\n')).toContain(expected.join('\n'));
  });

  it.each<[string, string[], string]>([
    [
      'no outcome',
      ['when: { a: { above: 1 } }'],
      'shop.yml:3:5: a branch has either fields or ignore',
    ],
    [
      'two outcomes',
      ['ignore: x', 'entity: refunds'],
      'shop.yml:4:5: a branch that ignores rows has no entity.',
    ],
    [
      'ignored fields',
      ['ignore: x', 'fields: { a: b }'],
      'shop.yml:4:5: a branch that ignores rows has no fields.',
    ],
    [
      'an unknown entity',
      ['entity: orderz', 'fields: { a: b }'],
      'shop.yml:3:13: there is no entity orderz; known are customers, products, orders,',
    ],
    [
      'a prototype for an entity',
      ['entity: __proto__', 'fields: { a: b }'],
      'shop.yml:3:13: there is no entity __proto__',
    ],
    [
      'a number for a column',
      ['fields: { order_id: 12 }'],
      'shop.yml:3:25: rows[0].fields.order_id must be text or a mapping, not a number; put it in quotes.',
    ],
    [
      'an unknown option',
      ['fields:', '  order_id: { colum: a }'],
      'shop.yml:4:19: rows[0].fields.order_id has no key colum; known are column, constant,',
    ],
    [
      'no source of a text',
      ['fields:', '  order_id: { default: a }'],
      'shop.yml:4:7: order_id takes its text from exactly one of column, first_of, join, multiply, constant.',
    ],
    [
      'two sources',
      ['fields:', '  order_id: { column: a, constant: b }'],
      'shop.yml:4:7: order_id takes its text from exactly one of',
    ],
    [
      'an option of another source',
      ['fields:', '  order_id: { column: a, separator: b }'],
      'shop.yml:4:30: separator does not go with column; type, values,',
    ],
    [
      'a default of a constant',
      ['fields:', '  order_id: { constant: a, default: b }'],
      'shop.yml:4:32: default does not go with constant',
    ],
    [
      'a factor',
      ['fields:', '  amount: { multiply: [a, 1e3] }'],
      'shop.yml:4:31: a factor must be a plain number',
    ],
    [
      'one factor',
      ['fields:', '  amount: { multiply: [a] }'],
      'rows[0].fields.amount.multiply must NOT have fewer than 2 items.',
    ],
    [
      'a field’s timezone',
      ['fields:', '  placed_at: { column: a, timezone: Mars }'],
      'shop.yml:4:41: Mars is no IANA timezone',
    ],
    [
      'an empty text that is replaced',
      ['fields:', "  name: { column: a, values: { ' ': b } }"],
      'shop.yml:4:36: values replace texts',
    ],
    [
      'an unknown condition',
      ['when: { a: { greater: 1 } }', 'ignore: x'],
      'shop.yml:3:18: rows[0].when.a has no key greater; known are equals, not_equals, in,',
    ],
    [
      'a condition without a test',
      ['when: { a: { decimal_comma: true } }', 'ignore: x'],
      'shop.yml:3:13: the condition on a tests nothing.',
    ],
    [
      'a comparison with a text',
      ["when: { a: { above: '1' } }", 'ignore: x'],
      'shop.yml:3:25: rows[0].when.a.above must be a number, not text.',
    ],
    [
      'a comparison with no number',
      ['when: { a: { above: .inf } }', 'ignore: x'],
      'rows[0].when.a.above must be a number, not Infinity',
    ],
    [
      'a number that is not exact',
      ['when: { a: { equals: 9007199254740993 } }', 'ignore: x'],
      'shop.yml:3:26: a number beyond 2^53 is not exact',
    ],
    [
      'equality with nothing',
      ['when: { a: { equals: ~ } }', 'ignore: x'],
      'shop.yml:3:26: rows[0].when.a.equals must be text or a number or true or false, not nothing',
    ],
    [
      'a pattern',
      ["when: { a: { matches: '(' } }", 'ignore: x'],
      'shop.yml:3:27: matches cannot be read: Invalid regular expression',
    ],
    [
      'an id of constants',
      ['id: [{ constant: a }]', 'ignore: x'],
      'shop.yml:3:5: an id of constants alone is the same for every row.',
    ],
    [
      'an id part of two kinds',
      ['id: [{ column: a, constant: b }]', 'ignore: x'],
      'shop.yml:3:10: rows[0].id[0] must NOT have more than 1 properties.',
    ],
  ])('%s', (_, body, expected) => {
    expect(problems(branch(...body)).join('\n')).toContain(expected);
  });

  it.each<[string, string[], string]>([
    [
      'an unknown field',
      [...REFUND, '  amount: a', '  prise: b'],
      'shop.yml:9:7: refunds has no field prise; known are order_id, refund_id, refunded_at, amount,',
    ],
    [
      'a field of Object',
      [...REFUND, '  amount: a', '  toString: b'],
      'shop.yml:9:7: refunds has no field toString',
    ],
    [
      'a property of no event',
      [...REFUND, '  amount: a', '  properties.b: b'],
      'shop.yml:9:7: refunds has no field properties.b',
    ],
    [
      'a required field that is not mapped',
      REFUND,
      'shop.yml:3:5: refunds needs amount, which this branch does not map.',
    ],
    [
      'a constant',
      [...REFUND, '  amount: a', '  currency: { constant: QQQ }'],
      'shop.yml:9:7: currency cannot be QQQ: it is not a currency',
    ],
    [
      'a default',
      [...REFUND, '  amount: { column: a, default: none }'],
      'shop.yml:8:7: amount cannot be none: it is not a plain decimal',
    ],
    [
      'a value',
      [...REFUND, '  amount: a', '  is_test: { column: b, values: { x: maybe } }'],
      'shop.yml:9:7: is_test cannot be maybe',
    ],
    [
      'a format',
      [...REFUND, '  amount: a', '  updated_at: { column: b, format: DD/MM/YYYY }'],
      "D in the format DD/MM/YYYY is no token that can be read; letters that stand for themselves go in quotes: 'D'.",
    ],
    [
      'a format of no time',
      [...REFUND, '  amount: { column: a, format: dd }'],
      'shop.yml:8:7: format is for timestamp and date; amount is of the type decimal.',
    ],
    [
      'a timezone of no time',
      [...REFUND, '  amount: { column: a, timezone: UTC }'],
      'shop.yml:8:7: timezone is for timestamp and date',
    ],
    [
      'negated text',
      [...REFUND, '  amount: a', '  product_id: { column: b, negate: true }'],
      'shop.yml:9:7: negate is for decimal and integer',
    ],
    [
      'a prefixed number',
      [...REFUND, '  amount: { column: a, prefix: x }'],
      'shop.yml:8:7: prefix is for id and text',
    ],
    [
      'a product of text',
      [...REFUND, '  amount: a', '  product_id: { multiply: [b, c] }'],
      'shop.yml:9:7: multiply is for decimal and integer',
    ],
    [
      'a comma of no number',
      [...REFUND, '  amount: a', '  product_id: { column: b, decimal_comma: true }'],
      'shop.yml:9:7: decimal_comma is for',
    ],
    [
      'the type of a known field',
      [...REFUND, '  amount: { column: a, type: decimal }'],
      'shop.yml:8:7: type is for properties; that of amount is known.',
    ],
    [
      'no id',
      ['entity: feedback', 'fields: { kind: a }'],
      'shop.yml:3:5: feedback needs an id: what tells a row from all others',
    ],
    [
      'no id of its own',
      ['entity: refunds', 'fields: { order_id: a, refunded_at: b, amount: c }'],
      'shop.yml:3:5: refunds needs an id or the field refund_id',
    ],
    [
      'events without an id',
      ['entity: events', 'fields: { event: a, timestamp: b }'],
      'shop.yml:3:5: events needs an id or the field message_id',
    ],
    [
      'properties one in another',
      [
        'entity: events',
        'id: [a]',
        'fields:',
        '  event: a',
        '  timestamp: b',
        '  properties.x: c',
        '  properties.x.y: d',
      ],
      'shop.yml:9:7: properties.x.y lies within properties.x',
    ],
    [
      'an empty property',
      [
        'entity: events',
        'id: [a]',
        'fields:',
        '  event: a',
        '  timestamp: b',
        '  properties..x: c',
      ],
      'shop.yml:8:7: properties..x has an empty name',
    ],
    [
      'a deep property',
      [
        'entity: events',
        'id: [a]',
        'fields:',
        '  event: a',
        '  timestamp: b',
        '  properties.a.b.c.d.e.f.g.h.i: c',
      ],
      'is nested deeper than 8 levels.',
    ],
    [
      'an unknown type',
      ['entity: events', 'id: [a]', 'fields:', '  properties.x: { column: a, type: money }'],
      'shop.yml:6:40: rows[0].fields.properties.x.type must be one of id, text, decimal',
    ],
  ])('%s', (_, body, expected) => {
    expect(problems(branch(...body)).join('\n')).toContain(expected);
  });

  it('for branches that are never reached', () => {
    const text = lines('source: shop', 'rows:', '  - ignore: x', '  - ignore: y', '  - ignore: z');
    expect(problems(text)).toEqual([
      'shop.yml:4:5: this branch is never reached: the one before it has no when and takes all rows.',
    ]);
  });

  it('at most ten times, in the order of the text', () => {
    const fields = Array.from({ length: 14 }, (_, index) => `  f${index}: { colum: x }`);
    const found = problems(branch('fields:', ...fields));
    expect(found).toHaveLength(11);
    expect(found[0]).toMatch(/^shop.yml:4:13: /);
    expect(found[9]).toMatch(/^shop.yml:13:13: /);
    expect(found[10]).toBe('and 4 more.');
  });

  it('and nothing of the code’s own prototype can be named', () => {
    const names = ['__proto__', 'constructor', 'prototype', 'a.__proto__', 'constructor.b'];
    for (const name of names) {
      const refused = [
        branch(`when: { ${name}: { equals: 0 } }`, 'ignore: x'),
        branch(`id: [${name}]`, 'ignore: x'),
        branch(`id: [{ ordinal_of: ${name} }]`, 'ignore: x'),
        branch(`fields: { order_id: ${name} }`),
        branch(`fields: { order_id: { first_of: [a, ${name}] } }`),
        branch(`fields: { amount: { multiply: [a, ${name}] } }`),
        branch('entity: events', `fields: { properties.${name}: a }`),
        branch('entity: events', `fields: { ${name}: a }`),
        `source: a\ntables: [{ table: a, key: ${name}, rows: [{ ignore: x }] }]`,
        `source: a\ntables: [{ table: a, key: a, changed_at: ${name}, rows: [{ ignore: x }] }]`,
      ];
      for (const text of refused) expect(problems(text).join()).toContain('cannot be named');
    }
    expect(problems('__proto__: { source: a }\nrows: [{ ignore: x }]').join()).toContain(
      'has no key __proto__',
    );
    expect(({} as Record<string, unknown>)['source']).toBeUndefined();
  });

  it('also of texts too long, and of aliases that multiply', () => {
    expect(problems(`# ${'x'.repeat(1_000_000)}`).join()).toContain('more than 1,000,000');
    const bomb = lines(
      ...['a: &a [x, x, x, x, x, x, x, x, x, x]', 'b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]'],
      ...[
        'c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]',
        'd: [*c, *c, *c, *c, *c, *c, *c, *c, *c]',
      ],
    );
    expect(problems(bomb).join()).toContain('Excessive alias count');
  });

  it('of any text whatever, and never by another error', () => {
    const pieces = fc.constantFrom(
      ...[
        'source: a\n',
        'rows:\n',
        '  - ',
        'when: ',
        'fields:\n',
        '{',
        '}',
        '[',
        ']',
        ': ',
        '\n',
        '0',
        '%',
      ],
      ...[
        '  entity: events\n',
        '    ignore: x\n',
        '      a: b\n',
        '*a',
        '&a ',
        '~',
        '"',
        "'",
        '/',
        '- ',
      ],
    );
    const texts = fc.array(pieces, { maxLength: 30 }).map((all) => all.join(''));
    fc.assert(
      fc.property(fc.oneof(texts, fc.string()), (text) => {
        for (const problem of problems(text))
          expect(problem).toMatch(/^shop\.yml(:\d+:\d+)?: |^and /);
      }),
      { numRuns: 1000 },
    );
  });
});
