import { thrownCode } from '../../../test/support/codes.js';
import { readCursor, writeCursor } from './cursor.js';

const encode = (text: string) => Buffer.from(text).toString('base64url');

describe('cursors', () => {
  it.each([0, 1, 50, 999_999, 1_000_000])('come back as the offset %i', (offset) => {
    expect(readCursor(String(writeCursor(offset)))).toBe(offset);
  });

  it('end where paging ends', () => {
    expect(writeCursor(1_000_001)).toBeNull();
  });

  it('start at the beginning when there is none', () => {
    expect(readCursor(undefined)).toBe(0);
  });

  it.each([
    ['empty', ''],
    ['foreign', 'abc'],
    ['negative', encode('o-1')],
    ['fractional', encode('o1.5')],
    ['past the limit', encode('o1000001')],
    ['endless', encode(`o${'9'.repeat(400)}`)],
    ['SQL', encode('o1; drop table gold.sales_15m')],
    ['two lines', encode('o1\no2')],
  ])('are refused when %s', (_, cursor) => {
    expect(thrownCode(() => readCursor(cursor))).toBe('invalid_parameter');
  });
});
