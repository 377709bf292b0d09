import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { CodedError } from '../../../contracts/errors.js';
import type { Entity } from '../entities.js';
import { compileRows, wantedColumns, type MappedRow } from './compile.js';
import { parseMapping } from './mapping.js';

type Cells = Record<string, string | null>;

/** A mapper of the YAML, over rows as objects; the columns are those of the first row. */
function mapperOf(yaml: string, columns: string[], entity: Entity | null = null) {
  const mapping = parseMapping(yaml, 'shop.yml');
  const mapper = compileRows(mapping, mapping.rows!, columns, entity);
  let line = 1;
  return {
    wants: mapper.wants,
    map: (cells: Cells): MappedRow =>
      mapper.map({ line: ++line, cells: columns.map((column) => cells[column] ?? null) }),
  };
}

function mapOne(yaml: string, cells: Cells, entity: Entity | null = null): MappedRow {
  return mapperOf(yaml, Object.keys(cells), entity).map(cells);
}

function detailOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CodedError && error.code === 'invalid_mapping') return error.detail;
    throw error;
  }
  return '';
}

const lines = (...all: string[]) => all.join('\n');

/** A mapping to products, whose fields take every kind of source. */
const product = (fields: string, top = '') =>
  lines('source: shop', top, 'rows:', `  - fields: { product_id: id, ${fields} }`);

const valueOf = (field: string, cells: Cells, top = '') => {
  const row = mapOne(product(field, top), { id: '1', ...cells }, 'products');
  return row.outcome === 'record' ? row.values[field.split(':')[0]!] : row;
};

describe('online retail, as shipped', () => {
  const columns =
    'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'.split(',');
  const yaml = readFileSync('mappings/online_retail.yml', 'utf8');
  const row = (text: string): Cells => {
    const cells = text.split(',');
    return Object.fromEntries(columns.map((column, index) => [column, cells[index]!]));
  };

  it('makes sales, refunds and ignored rows', () => {
    const { map } = mapperOf(yaml, columns, 'order_lines');
    const first = '536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom';
    expect(map(row(first))).toEqual({
      outcome: 'record',
      entity: 'order_lines',
      id: '536365:1',
      values: {
        order_id: '536365',
        placed_at: '2010-12-01T08:26:00.000Z',
        customer_id: '17850',
        product_id: '85123A',
        sku: '85123A',
        name: 'WHITE HEART',
        quantity: '6',
        unit_price: '2.55',
        country: 'GB',
        currency: 'GBP',
      },
    });
    expect(map(row('536365,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom'))).toEqual({
      outcome: 'ignored',
      id: '536365:2',
      reason: 'free of charge',
      values: {
        InvoiceNo: '536365',
        StockCode: '22139',
        Quantity: '56',
        InvoiceDate: '2010-12-01 11:52:00',
        UnitPrice: '0.0',
        Country: 'United Kingdom',
      },
    });
    expect(map(row('C536379,D,Discount,-1,2011-07-01 09:41:00,27.5,,EIRE'))).toEqual({
      outcome: 'record',
      entity: 'refunds',
      id: 'C536379:1',
      values: {
        order_id: 'C536379',
        refunded_at: '2011-07-01T08:41:00.000Z',
        amount: '27.5',
        customer_id: null,
        product_id: 'D',
        country: 'IE',
        currency: 'GBP',
      },
    });
    expect(
      map(row('A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,RSA')),
    ).toMatchObject({
      entity: 'refunds',
      id: 'A563186:1',
      values: { amount: '11062.06', country: 'ZA' },
    });
    expect(map(row(first))).toMatchObject({ id: '536365:3' });
    expect(map(row(first.replace('United Kingdom', 'Unspecified')))).toMatchObject({
      values: { country: null },
    });
  });

  it('rejects what a spreadsheet did to the file', () => {
    const { map } = mapperOf(yaml, columns, 'order_lines');
    const good = '536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom';
    const codes = [
      good.replace('17850', '17850.0'),
      good.replace('536365', '5.36E+05'),
      good.replace('2010-12-01 08:26:00', '40513.35'),
      good.replace('2.55', '£2.55'),
      good.replace('2010-12-01 08:26:00', '2011-03-27 01:30:00'),
      good.replace('2010-12-01 08:26:00', ''),
    ].map((text) => map(row(text)) as { field: string; code: string });
    expect(codes.map(({ field, code }) => `${field} ${code}`)).toEqual([
      'customer_id mangled_id',
      'order_id mangled_id',
      'placed_at mangled_time',
      'UnitPrice invalid_decimal',
      'placed_at skipped_time',
      'placed_at missing',
    ]);
  });
});

describe('oneshop, as shipped', () => {
  const mapping = parseMapping(readFileSync('mappings/oneshop.yml', 'utf8'), 'oneshop.yml');

  it('reads its three tables by change', () => {
    expect(mapping.rows).toBeNull();
    expect(mapping.tables!.map(({ table, key, changedAt }) => [table, key, changedAt])).toEqual([
      ['users', 'id', 'updated_at'],
      ['items', 'id', 'updated_at'],
      ['purchases', 'id', 'updated_at'],
    ]);
  });

  it('makes a line of an order of a purchase', () => {
    const { rows } = mapping.tables![2]!;
    const columns = wantedColumns(rows);
    const cells: Cells = {
      ...{ id: '9', order_number: 'A-7', user_id: '3', item_id: '4', quantity: '2' },
      ...{ unit_price: '19.90', discount: '0', tax: '3.32', shipping: null, currency: 'EUR' },
      ...{ status: 'refunded', refunded_amount: '39.80', refunded_at: '2026-01-03 00:00:00+00' },
      ...{ purchased_at: '2026-01-02 03:04:05.123456+00', updated_at: '2026-01-03 00:00:00+00' },
    };
    const mapper = compileRows(mapping, rows, columns, null);
    const row = { line: 1, cells: columns.map((column) => cells[column]!) };
    expect(Object.keys(cells).sort()).toEqual([...columns].sort());
    expect(mapper.map(row)).toEqual({
      outcome: 'record',
      entity: 'order_lines',
      id: '9',
      values: {
        order_id: 'A-7',
        placed_at: '2026-01-02T03:04:05.123Z',
        customer_id: '3',
        product_id: '4',
        quantity: '2',
        unit_price: '19.90',
        discount: '0',
        tax: '3.32',
        shipping: null,
        currency: 'EUR',
        status: 'refunded',
        refunded_amount: '39.80',
        refunded_at: '2026-01-03T00:00:00.000Z',
        updated_at: '2026-01-03T00:00:00.000Z',
      },
    });
  });
});

describe('branches', () => {
  const yaml = lines(
    'source: shop',
    'rows:',
    '  - { when: { kind: { equals: a } }, ignore: first }',
    '  - { when: { kind: { in: [a, b] } }, ignore: second }',
    '  - { when: { price: { above: 0 } }, entity: products, fields: { product_id: id } }',
  );
  const { map } = mapperOf(yaml, ['id', 'kind', 'price']);

  it('are tried in order, and the first that holds takes the row', () => {
    expect(map({ id: '1', kind: 'a' })).toMatchObject({ reason: 'first', id: 'line-2' });
    expect(map({ id: '1', kind: 'b' })).toMatchObject({ reason: 'second', id: 'line-3' });
    expect(map({ id: '1', kind: 'c', price: '1' })).toMatchObject({ entity: 'products', id: '1' });
  });

  it('need not take a row', () => {
    expect(map({ id: '1', kind: 'c', price: '0' })).toEqual({
      outcome: 'rejected',
      field: '',
      code: 'no_matching_rule',
      detail: expect.any(String) as string,
    });
  });

  it('reject a row of whose number they cannot tell', () => {
    const row = map({ id: '1', kind: 'c', price: 'secret' });
    expect(row).toMatchObject({ outcome: 'rejected', field: 'price', code: 'invalid_decimal' });
    expect(JSON.stringify(row)).not.toContain('secret');
  });

  it('without an entity make what is asked for', () => {
    const open = 'source: shop\nrows: [{ fields: { product_id: id } }]';
    expect(mapOne(open, { id: '1' }, 'products')).toMatchObject({ entity: 'products', id: '1' });
    expect(detailOf(() => mapOne(open, { id: '1' }, null))).toBe(
      'shop.yml:2:8: this branch names no entity, and none is asked for.',
    );
    expect(detailOf(() => mapOne(open, { id: '1' }, 'orders'))).toContain(
      'shop.yml:2:20: orders has no field product_id; known are order_id,',
    );
    expect(detailOf(() => mapOne(open, { id: '1' }, 'orders'))).toContain(
      'shop.yml:2:8: orders needs order_id, placed_at, which this branch does not map.',
    );
  });
});

describe('columns', () => {
  const yaml = lines(
    'source: shop',
    'rows:',
    '  - when: [{ b: { above: 0 } }, { a: { empty: true } }]',
    '    entity: feedback',
    '    id: [c, { ordinal_of: d }, { constant: e }]',
    '    fields:',
    '      kind: { constant: f }',
    '      text: { join: [g, a] }',
    '      title: { first_of: [h, g] }',
    '      rating: { multiply: [i, 2] }',
    '      topic: { column: j }',
  );
  const wanted = ['b', 'a', 'c', 'd', 'g', 'h', 'i', 'j'];

  it('that are used are known before a source is opened', () => {
    expect(wantedColumns(parseMapping(yaml, 'shop.yml').rows!)).toEqual(wanted);
    expect(mapperOf(yaml, wanted).wants).toEqual(wanted);
  });

  it('that are missing are named with their places and what there is', () => {
    const there = wanted.filter((column) => column !== 'g' && column !== 'd').reverse();
    expect(detailOf(() => mapperOf(yaml, there)).split('\n')).toEqual([
      'shop.yml:5:27: the source has no column d; it has j, i, h, c, a, b.',
      'shop.yml:8:22: the source has no column g; it has j, i, h, c, a, b.',
      'shop.yml:9:30: the source has no column g; it has j, i, h, c, a, b.',
    ]);
    expect(detailOf(() => mapperOf(yaml, []))).toContain('it has no columns.');
  });

  it('that come twice are in doubt', () => {
    expect(detailOf(() => mapperOf(yaml, [...wanted, 'j']))).toBe(
      'shop.yml:11:24: the source has 2 columns j.',
    );
  });

  it('may be cut short in a row', () => {
    const mapping = parseMapping(product('name: n'), 'shop.yml');
    const mapper = compileRows(mapping, mapping.rows!, ['id', 'n'], 'products');
    expect(mapper.map({ line: 2, cells: ['1'] })).toMatchObject({ values: { name: null } });
  });

  it('of ignored rows that are named like a prototype are left out', () => {
    const mapper = mapperOf('source: a\nrows: [{ ignore: x }]', [
      '__proto__',
      'constructor',
      'b\0',
    ]);
    const own = Object.defineProperty({ constructor: 'c', 'b\0': 'd\0' }, '__proto__', {
      ...{ value: 'e', enumerable: true },
    }) as unknown as Cells;
    const row = mapper.map(own) as { values: object };
    expect(row.values).toEqual({ 'b\0': 'd\uFFFD' });
    expect(Object.getPrototypeOf(row.values)).toBe(Object.prototype);
  });
});

describe('ids', () => {
  const line = (id: string) =>
    `source: shop\nrows: [{ entity: feedback, id: ${id}, fields: { kind: { constant: review } } }]`;
  const idOf = (row: MappedRow) =>
    row.outcome === 'rejected' ? `${row.field} ${row.code}` : row.id;

  it('are parts joined by a colon', () => {
    const id = '[a, { constant: x }, { column: b }]';
    expect(idOf(mapOne(line(id), { a: ' 1 ', b: '="02"' }))).toBe('1:x:02');
    expect(idOf(mapOne(line(id), { a: '1', b: ' ' }))).toBe('id missing');
    expect(idOf(mapOne(line(id), { a: '1', b: '2.0' }))).toBe('id mangled_id');
    expect(idOf(mapOne(line(id), { a: 'x'.repeat(120), b: 'y'.repeat(120) }))).toBe('id too_long');
  });

  it('are those of the entity unless stated', () => {
    expect(mapOne(product('name: n'), { id: '7', n: 'x' }, 'products')).toMatchObject({ id: '7' });
    const events = 'source: a\nrows: [{ fields: { event: e, timestamp: t, message_id: m } }]';
    const cells = { e: 'Signed Up', t: '2026-01-01', m: 'm-1' };
    expect(mapOne(events, cells, 'events')).toMatchObject({ id: 'm-1' });
    expect(idOf(mapOne(events, { ...cells, m: '' }, 'events'))).toBe('message_id missing');
  });

  it('count all rows, whatever becomes of them', () => {
    const { map } = mapperOf(
      lines(
        'source: shop',
        'rows:',
        '  - { when: { kind: { equals: skip } }, ignore: x, id: [o, { ordinal_of: o }] }',
        '  - when: { kind: { equals: bad } }',
        '    entity: products',
        '    fields: { product_id: o, price: kind }',
        '  - when: { kind: { equals: line } }',
        '    entity: feedback',
        '    id: [{ ordinal_of: o }, o, { ordinal_of: kind }]',
        '    fields: { kind: kind }',
      ),
      ['o', 'kind'],
    );
    const rows = [
      'A line',
      'A skip',
      'B line',
      'A bad',
      'A none',
      'A line',
      'B skip',
      ' line',
      'A line',
    ];
    const ids = rows.map((text) => {
      const [o, kind] = text.split(' ');
      return idOf(map({ o: o!, kind: kind! }));
    });
    expect(ids).toEqual([
      ...['1:A:1', 'A:2', '1:B:2', 'price invalid_decimal', ' no_matching_rule', '5:A:3', 'B:2'],
      ...['id missing', '6:A:5'],
    ]);
  });

  it('count as a naive count does', () => {
    const values = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 50 });
    fc.assert(
      fc.property(values, (all) => {
        const { map } = mapperOf(line('[{ ordinal_of: v }]'), ['v']);
        const counted = all.map((value) => idOf(map({ v: value })));
        const naive = all.map(
          (value, index) => all.slice(0, index + 1).filter((other) => other === value).length,
        );
        expect(counted).toEqual(naive.map(String));
      }),
    );
  });

  it('of ignored rows fall back to the line', () => {
    const yaml = 'source: a\nrows: [{ ignore: x, id: [a] }]';
    expect(idOf(mapOne(yaml, { a: '1' }))).toBe('1');
    expect(idOf(mapOne(yaml, { a: '1.0' }))).toBe('line-2');
    expect(idOf(mapOne(yaml, { a: '' }))).toBe('line-2');
  });
});

describe('fields', () => {
  it.each<[string, Cells, unknown]>([
    ['name: n', { n: '  Mug ' }, 'Mug'],
    ['name: n', { n: '   ' }, null],
    ['name: n', { n: 'NULL' }, 'NULL'],
    ['name: { column: n, default: none }', { n: '' }, 'none'],
    ['name: { column: n, values: { x: y } }', { n: ' x ' }, 'y'],
    ['name: { column: n, values: { x: y } }', { n: 'z' }, 'z'],
    ['name: { column: n, values: { x: ~ }, default: none }', { n: 'x' }, 'none'],
    ['name: { column: n, values: { constructor: y } }', { n: 'toString' }, 'toString'],
    ['name: { constant: Mug }', { n: '' }, 'Mug'],
    ['name: { constant: 007 }', { n: '' }, '007'],
    ['name: { join: [n, m] }', { n: 'Red', m: 'Mug' }, 'Red Mug'],
    ["name: { join: [n, m], separator: '' }", { n: 'Red', m: 'Mug' }, 'RedMug'],
    ['name: { join: [n, m] }', { n: ' ', m: 'Mug' }, 'Mug'],
    ['name: { join: [n, m] }', { n: ' ', m: null }, null],
    ['name: { first_of: [n, m] }', { n: ' ', m: 'Mug' }, 'Mug'],
    ['name: { first_of: [n, m] }', { n: 'Red', m: 'Mug' }, 'Red'],
    ['name: { first_of: [n, m], default: x }', { n: '', m: '' }, 'x'],
    ['sku: { column: n, prefix: P- }', { n: '1' }, 'P-1'],
    ['sku: { column: n, prefix: P- }', { n: '' }, null],
    ['price: { column: n, decimal_comma: true }', { n: '1.234,50' }, '1234.50'],
    ['price: { column: n, negate: true }', { n: '2.50' }, '-2.50'],
    ['price: { column: n, round: 2 }', { n: '1.429999948' }, '1.43'],
    ['price: { column: n, round: 2, negate: true }', { n: '0.995' }, '-1'],
    ['price: { column: n, round: 0, decimal_comma: true }', { n: '-1.234,5' }, '-1235'],
    ['price: { column: n, round: 6 }', { n: '0.0000004' }, '0'],
    ['price: { multiply: [n, m] }', { n: '3', m: '2.55' }, '7.65'],
    ['price: { multiply: [n, 0.01] }', { n: '1999' }, '19.99'],
    ['price: { multiply: [n, m], negate: true }', { n: '3', m: '2.55' }, '-7.65'],
    ['price: { multiply: [n, m] }', { n: '3', m: '' }, null],
    ['price: { multiply: [n, m], default: 0 }', { n: '3', m: '' }, '0'],
    ['price: { multiply: [n, 0.5], decimal_comma: true }', { n: '1.000,5' }, '500.25'],
    ['currency: n', { n: 'usd' }, 'USD'],
    ['updated_at: n', { n: '' }, null],
  ])('%s of %j is %j', (field, cells, expected) => {
    expect(valueOf(field, cells)).toBe(expected);
  });

  it.each<[string, Cells, string]>([
    ['price: n', { n: 'secret' }, 'invalid_decimal'],
    ['price: n', { n: '1.2345678' }, 'too_many_decimals'],
    ['price: n', { n: '1000000000000' }, 'out_of_range'],
    ['price: { multiply: [n, m] }', { n: '2', m: 'secret' }, 'invalid_decimal'],
    ['price: { multiply: [n, n] }', { n: '1000000' }, 'out_of_range'],
    ['currency: n', { n: 'secret' }, 'unknown_currency'],
    ['updated_at: n', { n: 'secret' }, 'invalid_time'],
    ['sku: n', { n: '1.5E+17' }, 'mangled_id'],
    ['name: n', { n: 'secret '.repeat(4000) }, 'too_long'],
  ])('%s of a bad cell is rejected without its text', (field, cells, code) => {
    const row = valueOf(field, cells);
    expect(row).toMatchObject({ outcome: 'rejected', field: field.split(':')[0], code });
    expect((row as { detail: string }).detail).toMatch(/, from n(, [mn])?: it /);
    expect(JSON.stringify(row)).not.toContain('secret');
  });

  it('that are required must not be empty', () => {
    expect(mapOne(product('name: n'), { id: '', n: 'x' }, 'products')).toEqual({
      outcome: 'rejected',
      field: 'product_id',
      code: 'missing',
      detail: 'product_id, from id: it is required and empty',
    });
  });

  it('follow the mapping’s empty values, decimal comma and timezone', () => {
    expect(valueOf('name: n', { n: ' NULL' }, "empty_values: ['NULL']")).toBeNull();
    expect(valueOf('price: n', { n: '1,5' }, 'decimal_comma: true')).toBe('1.5');
    // Numbers of the YAML itself keep their point.
    expect(valueOf('price: { constant: 1.234 }', {}, 'decimal_comma: true')).toBe('1.234');
    expect(valueOf('price: { column: n, default: 1.5 }', { n: '' }, 'decimal_comma: true')).toBe(
      '1.5',
    );
    expect(
      valueOf('price: { column: n, decimal_comma: false }', { n: '1.5' }, 'decimal_comma: true'),
    ).toBe('1.5');
    const zone = 'timezone: Europe/Vienna';
    expect(valueOf('updated_at: n', { n: '2026-01-01' }, zone)).toBe('2025-12-31T23:00:00.000Z');
    expect(valueOf('updated_at: { column: n, timezone: UTC }', { n: '2026-01-01' }, zone)).toBe(
      '2026-01-01T00:00:00.000Z',
    );
    const twice = { n: '2026-10-25 02:30:00' };
    expect(valueOf('updated_at: n', twice, zone)).toMatchObject({ code: 'ambiguous_time' });
    expect(valueOf('updated_at: n', twice, `${zone}\nambiguous_times: later`)).toBe(
      '2026-10-25T01:30:00.000Z',
    );
  });

  it('have the mapping’s currency where a record states none', () => {
    const currency = 'currency: EUR';
    const values = (fields: string, cells: Cells) =>
      mapOne(product(fields, currency), { id: '1', ...cells }, 'products');
    expect(values('name: n', { n: 'x' })).toMatchObject({ values: { currency: 'EUR' } });
    expect(values('currency: n', { n: '' })).toMatchObject({ values: { currency: 'EUR' } });
    expect(values('currency: n', { n: 'usd' })).toMatchObject({ values: { currency: 'USD' } });
    expect(values('currency: n', { n: 'x' })).toMatchObject({ code: 'unknown_currency' });
    const customer = `source: a\n${currency}\nrows: [{ fields: { customer_id: id } }]`;
    expect(mapOne(customer, { id: '1' }, 'customers')).toMatchObject({
      values: { customer_id: '1' },
    });
    expect(mapOne(customer, { id: '1' }, 'customers')).not.toHaveProperty('values.currency');
  });

  it('of events may be properties, nested by their dots', () => {
    const yaml = lines(
      'source: app',
      'rows:',
      '  - entity: events',
      '    id: [m]',
      '    fields:',
      '      event: e',
      '      timestamp: t',
      '      properties.price: { column: p, type: decimal }',
      '      properties.item.name: n',
      '      properties.item.size.eu: { column: s, type: integer }',
      '      properties.is_new: { constant: yes, type: boolean }',
    );
    const cells = { m: '1', e: 'Viewed', t: '2026-01-01', p: '+5', n: ' Mug ', s: '' };
    expect(mapOne(yaml, cells)).toEqual({
      outcome: 'record',
      entity: 'events',
      id: '1',
      values: {
        event: 'Viewed',
        timestamp: '2026-01-01T00:00:00.000Z',
        properties: { price: '5', item: { name: 'Mug', size: { eu: null } }, is_new: true },
      },
    });
    expect(mapOne(yaml, { ...cells, p: 'x' })).toMatchObject({ field: 'properties.price' });
  });
});

it('answers any cells, and no rejection holds what was in them', () => {
  const yaml = lines(
    'source: shop',
    'currency: EUR',
    'rows:',
    '  - { when: { a: { above: 10 } }, ignore: x }',
    '  - entity: order_lines',
    '    id: [a, { ordinal_of: b }]',
    '    fields:',
    '      order_id: a',
    '      placed_at: b',
    '      product_id: { first_of: [c, a] }',
    '      quantity: { column: a, decimal_comma: true }',
    '      unit_price: { multiply: [a, c], default: 1 }',
    '      country: c',
    '      is_test: { column: c, values: { x: true }, default: false }',
  );
  const mapping = parseMapping(yaml, 'shop.yml');
  const mapper = compileRows(mapping, mapping.rows!, ['a', 'b', 'c'], null);
  const cell = fc.oneof(
    fc.string({ unit: 'binary' }).map((text) => `§${text}§`),
    fc.stringMatching(/^-?\d{1,3}(\.\d{1,3})?$/),
    fc.constantFrom(null, '', 'x', '1', 'true', '2026-01-01', '2026-01-01 10:00:00+02'),
  );
  const seen = new Set<string>();
  fc.assert(
    fc.property(cell, cell, cell, (a, b, c) => {
      const row = mapper.map({ line: 2, cells: [a, b, c] });
      seen.add(row.outcome);
      if (row.outcome === 'rejected') expect(JSON.stringify(row)).not.toContain('§');
      else expect(row.id).not.toBe('');
    }),
    { numRuns: 2000 },
  );
  expect([...seen].sort()).toEqual(['ignored', 'record', 'rejected']);
});
