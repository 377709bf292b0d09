import { thrownCode } from '../../../test/support/codes.js';
import { readFormat, readQuery, type ParameterName, type QueryString } from './rest-query.js';

const VIEW: ParameterName[] = ['metrics', 'compare', 'granularity', 'by', 'limit', 'cursor'];

describe('readQuery', () => {
  it('reads every parameter', () => {
    const query: QueryString = {
      from: '2026-01-01',
      to: '2026-02-01',
      timezone: 'Europe/Vienna',
      currency: 'EUR',
      metrics: 'gross_sales, orders,,',
      compare: 'year',
      granularity: 'week',
      by: 'country',
      limit: '5',
      cursor: 'bzU',
      'filter[country]': 'DE,AT',
      'filter[device]': 'mobile',
    };
    expect(readQuery(query, VIEW)).toEqual({
      from: '2026-01-01',
      to: '2026-02-01',
      timezone: 'Europe/Vienna',
      currency: 'EUR',
      metrics: ['gross_sales', 'orders'],
      compare: 'year',
      granularity: 'week',
      by: 'country',
      limit: 5,
      cursor: 'bzU',
      filter: { country: ['DE', 'AT'], device: ['mobile'] },
    });
  });

  it('keeps an empty list empty, for the request to refuse', () => {
    expect(readQuery({ metrics: ' , ', 'filter[country]': '' }, VIEW)).toEqual({
      metrics: [],
      filter: { country: [] },
    });
  });

  it('reads a limit that is no whole number as none', () => {
    for (const limit of ['', '-1', '1.5', '1e3', 'ten', '9999999', ' 5']) {
      expect(readQuery({ limit }, VIEW).limit).toBeNaN();
    }
  });

  it('keeps a hostile dimension a plain member', () => {
    const { filter } = readQuery({ 'filter[__proto__]': 'x', 'filter[country]': 'DE' }, VIEW);
    expect(Object.keys(filter!)).toEqual(['__proto__', 'country']);
    expect(Object.getPrototypeOf(filter)).toBe(Object.prototype);
  });

  it.each<[string, QueryString, string]>([
    ['an unknown parameter', { metric: 'orders' }, 'unknown_parameter'],
    ['one of another view', { limit: '5' }, 'unknown_parameter'],
    ['a filter without a dimension', { 'filter[]': 'x' }, 'unknown_parameter'],
    ['a bare filter', { filter: 'x' }, 'unknown_parameter'],
    ['a filter dimension of SQL', { 'filter[a);--]': 'x' }, 'unknown_parameter'],
    ['a prototype key', { __proto: 'x' }, 'unknown_parameter'],
    ['a parameter given twice', { from: ['2026-01-01', '2026-01-02'] }, 'invalid_parameter'],
    ['an unknown comparison', { compare: 'lastweek' }, 'invalid_parameter'],
    ['a comparison in upper case', { compare: 'YEAR' }, 'invalid_parameter'],
  ])('refuses %s', (_, query, code) => {
    expect(thrownCode(() => readQuery(query, ['metrics', 'compare']))).toBe(code);
  });

  it('takes filters only where metrics are taken', () => {
    const query = { 'filter[country]': 'DE' };
    expect(thrownCode(() => readQuery(query, ['limit']))).toBe('unknown_parameter');
    expect(thrownCode(() => readQuery(query, ['metrics']))).toBeNull();
  });
});

describe('readFormat', () => {
  it.each([
    [undefined, 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['text/html, */*;q=0.8', 'json'],
    ['text/*', 'json'],
    ['text/csv', 'csv'],
    ['Text/CSV; charset=utf-8', 'csv'],
    ['text/csv, */*', 'csv'],
    ['text/csv, application/json;q=0.9', 'csv'],
    ['text/csv, application/json', 'json'],
    ['text/csv;q=0.5, */*', 'json'],
    ['text/csv;q=0', 'json'],
    ['text/csv;q=high', 'json'],
  ])('of Accept %s is %s', (accept, format) => {
    expect(readFormat({}, accept)).toBe(format);
  });

  it('is what the parameter says, whatever Accept says', () => {
    expect(readFormat({ format: 'json' }, 'text/csv')).toBe('json');
    expect(readFormat({ format: 'csv' }, 'application/json')).toBe('csv');
  });

  it.each(['xml', 'CSV', '', ['csv', 'csv']])('refuses %j', (format) => {
    expect(thrownCode(() => readFormat({ format }))).toBe('invalid_parameter');
  });

  it('is no part of the question', () => {
    expect(readQuery({ format: 'csv', limit: '5' }, ['limit'])).toEqual({ limit: 5 });
  });
});
