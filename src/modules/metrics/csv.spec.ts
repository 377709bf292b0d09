import { parse } from 'csv-parse/sync';
import type { AnswerMeta } from '../../contracts/metric-contract.js';
import { toCsv } from './csv.js';
import { fileName, metaHeader, nextLink } from './csv.interceptor.js';

const META: AnswerMeta = {
  asOf: '2026-02-01T00:00:00.000Z',
  range: { from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' },
  timezone: 'UTC',
  currency: 'USD',
  definitionVersion: { gross_sales: 1, orders: 2 },
  formula: { gross_sales: 'price × quantity', orders: 'orders' },
  completeness: 'complete',
  approximate: [],
  held: [],
  servedFrom: 'gold',
};

const csv = (data: unknown) => toCsv({ data, meta: META });
const lines = (data: unknown) => csv(data).split('\r\n');
const labelled = (label: string) => csv({ rows: [{ key: 'k', label, refunds: '-12.50' }] });

describe('the table', () => {
  it('of a summary has a line a metric', () => {
    const data = {
      gross_sales: { value: '50.00', unit: 'money', previous: '-0.50', change: -101 },
      bounce_rate: { value: null, unit: 'ratio', previous: 0.25, change: null },
    };
    expect(csv(data)).toBe(
      'metric,value,unit,previous,change\r\n' +
        'gross_sales,50.00,money,-0.50,-101\r\nbounce_rate,,ratio,0.25,\r\n',
    );
  });

  it('of a series has a line a point', () => {
    const points = [
      { at: '2026-01-10T00:00:00+05:45', net_sales: '-45.00', units: null },
      { at: '2026-01-11T00:00:00+05:45', net_sales: '0.00', units: 1e-7 },
    ];
    expect(lines({ points })).toEqual([
      'at,net_sales,units',
      '2026-01-10T00:00:00+05:45,-45.00,',
      '2026-01-11T00:00:00+05:45,0.00,1e-7',
      '',
    ]);
  });

  it('of a breakdown has a line a row, and no cursor', () => {
    const rows = [{ key: 'DE', label: 'Germany', gross_sales: '57.34', orders: 2 }];
    expect(lines({ rows, cursor: 'bzU' })).toEqual([
      'key,label,gross_sales,orders',
      'DE,Germany,57.34,2',
      '',
    ]);
  });

  it('of nothing is its header', () => {
    expect(csv({ rows: [], cursor: null })).toBe('key,label,gross_sales,orders\r\n');
    expect(csv({ points: [] })).toBe('at,gross_sales,orders\r\n');
  });

  it('of nested values has a column for each, in the place of the whole', () => {
    const rows = [
      { key: 'a', steps: [{ name: 'cart', visitors: 9 }], tags: [], is_new: true },
      {
        key: 'b',
        steps: [
          { name: 'cart', visitors: 5 },
          { name: 'order', visitors: 2 },
        ],
        tags: ['x', 'y'],
        is_new: false,
      },
      { key: 'c', steps: null, total: { net: { value: '-1.00' } } },
    ];
    expect(lines({ rows })).toEqual([
      'key,steps.1.name,steps.1.visitors,steps.2.name,steps.2.visitors,tags.1,tags.2,is_new,total.net.value',
      'a,cart,9,,,,,true,',
      'b,cart,5,order,2,x,y,false,',
      'c,,,,,,,,-1.00',
      '',
    ]);
  });

  it('of other shapes is still a table', () => {
    expect(csv({ count: 5 })).toBe('metric,value\r\ncount,5\r\n');
    expect(csv([{ a: 1 }, { b: 2 }])).toBe('a,b\r\n1,\r\n,2\r\n');
    expect(csv({ cohorts: [1, 2] })).toBe('value\r\n1\r\n2\r\n');
  });
});

describe('quoting', () => {
  it.each(['a,b', 'a"b', 'a\nb', 'a\rb', 'a\r\nb', '"', ',', 'Größe 😀', ' a ', "it's"])(
    'brings %j back',
    (label) => {
      expect(parse(labelled(label), { columns: true, record_delimiter: '\r\n' })).toEqual([
        { key: 'k', label, refunds: '-12.50' },
      ]);
    },
  );
});

describe('formulas', () => {
  const FORMULAS = ['=1+1', '+1', '-1', '-12.50', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '\tx'];
  const HIDDEN = ['＝1+1', '＋1', '－1', '＠x', ' =1', '\u00a0=1', '\u200b=1', '\ufeff=1', '\0=1'];

  it.each([...FORMULAS, ...HIDDEN, '=HYPERLINK("http://x")'])('%j is defused', (label) => {
    const [row] = parse(labelled(label), { columns: true, record_delimiter: '\r\n' });
    expect(row).toEqual({ key: 'k', label: `'${label}`, refunds: '-12.50' });
  });

  it('are defused in keys, in headers, in text of other columns and within lists', () => {
    const rows = [{ key: '=k', '=x': '-x', steps: [{ label: '-5', name: '+5', value: '-5.0' }] }];
    expect(lines({ rows })).toEqual([
      `key,'=x,steps.1.label,steps.1.name,steps.1.value`,
      `'=k,'-x,'-5,'+5,-5.0`,
      '',
    ]);
  });

  it.each(['a=b', 'Mug -50%', '1-2', 'x@y', '12.50'])('%j is none', (label) => {
    expect(labelled(label)).toContain(`k,${label},-12.50`);
  });
});

describe('the headers', () => {
  it('name the file by the route', () => {
    expect(fileName('/api/v1/sales/top-products')).toBe('cartograph-sales-top-products.csv');
    expect(fileName('/api/v1/customers/:id/orders')).toBe('cartograph-customers-orders.csv');
  });

  it('link the next page by the same question', () => {
    const url = '/api/v1/sales/breakdown?by=country&filter[country]=DE,%22%3E&cursor=old';
    expect(nextLink(url, 'a+b')).toBe(
      '</api/v1/sales/breakdown?by=country&filter%5Bcountry%5D=DE%2C%22%3E&cursor=a%2Bb>; rel="next"',
    );
    expect(nextLink('//evil.example/x?a=<b>', 'c')).toBe(
      '</evil.example/x?a=%3Cb%3E&cursor=c>; rel="next"',
    );
  });

  it('carry the contract as ASCII', () => {
    const header = metaHeader({ ...META, held: ['größe\r\n😀'] });
    expect(header).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(header)).toEqual({ ...META, formula: undefined, held: ['größe\r\n😀'] });
  });
});
