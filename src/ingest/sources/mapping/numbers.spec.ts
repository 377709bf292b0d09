import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { isFlaw } from './flaws.js';
import { multiply, negated, readDecimal, readInteger, readNumber } from './numbers.js';

const codeOf = (value: unknown) => (value as { code: string }).code;

describe('decimals', () => {
  it.each([
    ['6', '6'],
    ['-2.50', '-2.50'],
    ['0.000001', '0.000001'],
    ['999999999999.999999', '999999999999.999999'],
    ['+5', '5'],
    ['.5', '0.5'],
    ['-.5', '-0.5'],
    ['5.', '5'],
    ['0000000000012.5', '12.5'],
    ['1.5000000', '1.500000'],
    ['-0.0000000', '0.000000'],
  ])('%s is %s', (text, expected) => {
    expect(readDecimal(text, false)).toBe(expected);
  });

  it.each([
    ['1.234,50', '1234.50'],
    ['1.234.567', '1234567'],
    ['1.234', '1234'],
    ['-12,5', '-12.5'],
    ['1234,5', '1234.5'],
    [',5', '0.5'],
    ['6', '6'],
  ])('with a decimal comma %s is %s', (text, expected) => {
    expect(readDecimal(text, true)).toBe(expected);
  });

  it.each([
    ['1,234.50', false],
    ['1,5', false],
    ['1 234', false],
    ['£5', false],
    ['5 €', false],
    ['5.36E+05', false],
    ['1e-7', false],
    ['NaN', false],
    ['Infinity', false],
    ['0x10', false],
    ['--5', false],
    ['-', false],
    ['.', false],
    ['1.2.3', false],
    ['(5.00)', false],
    ['٣', false],
    ['9'.repeat(101), false],
    ['12.34', true],
    ['0.125', true],
    ['1234.567,8', true],
    ['1,234.50', true],
    [',', true],
  ])('refuses %s (comma: %s)', (text, comma) => {
    expect(codeOf(readDecimal(text, comma))).toBe('invalid_decimal');
  });

  it.each([
    ['0.0000001', 'too_many_decimals'],
    ['1000000000000', 'out_of_range'],
    ['-1000000000000.5', 'out_of_range'],
  ])('refuses %s as %s', (text, code) => {
    expect(codeOf(readDecimal(text, false))).toBe(code);
  });

  it('keeps the value of whatever it takes, in the canonical form', () => {
    const written = fc.stringMatching(/^[+-]?\d{0,15}(\.\d{0,8})?$/);
    fc.assert(
      fc.property(written, (text) => {
        const value = readDecimal(text, false);
        if (typeof value !== 'string') return;
        expect(value).toMatch(/^-?\d{1,12}(\.\d{1,6})?$/);
        expect(new Decimal(value).equals(new Decimal(text.replace(/^\+/, '') || '0'))).toBe(true);
        expect(readDecimal(value, false)).toBe(value);
      }),
    );
  });

  it('reads a number written with a comma as the same written with a point', () => {
    const parts = fc.tuple(
      fc.integer({ min: 0, max: 999_999_999 }),
      fc.integer({ min: 0, max: 99 }),
    );
    fc.assert(
      fc.property(parts, ([whole, cents]) => {
        const fraction = String(cents).padStart(2, '0');
        const grouped = whole.toLocaleString('de-DE');
        expect(readDecimal(`${grouped},${fraction}`, true)).toBe(`${whole}.${fraction}`);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), (text, comma) => {
        for (const read of [readDecimal, readInteger, readNumber]) {
          const value = read(text, comma);
          expect(isFlaw(value) || ['string', 'number'].includes(typeof value)).toBe(true);
        }
      }),
    );
  });
});

describe('whole numbers', () => {
  it.each<[string, boolean, number]>([
    ['17', false, 17],
    ['-17', false, -17],
    ['+17', false, 17],
    ['17.0', false, 17],
    ['17,00', true, 17],
    ['1.234', true, 1234],
    ['9007199254740992', false, 2 ** 53],
    ['-0', false, 0],
  ])('%s (comma: %s) is %s', (text, comma, expected) => {
    expect(readInteger(text, comma)).toBe(expected);
  });

  it.each([
    ['17.5', 'invalid_integer'],
    ['17.00000001', 'invalid_integer'],
    ['1,234', 'invalid_integer'],
    ['many', 'invalid_integer'],
    ['1e3', 'invalid_integer'],
    ['9007199254740993', 'out_of_range'],
    ['99999999999999999999', 'out_of_range'],
  ])('refuses %s as %s', (text, code) => {
    expect(codeOf(readInteger(text, false))).toBe(code);
  });
});

describe('numbers to compare', () => {
  it.each<[string, boolean, number]>([
    ['0.00000001', false, 1e-8],
    ['1.234,5', true, 1234.5],
    ['123456789012345', false, 123456789012345],
  ])('%s (comma: %s) is %s', (text, comma, expected) => {
    expect(readNumber(text, comma)).toBe(expected);
  });

  it('are no other texts', () => {
    expect(codeOf(readNumber('six', false))).toBe('invalid_decimal');
    expect(codeOf(readNumber('1,5', false))).toBe('invalid_decimal');
  });
});

describe('products', () => {
  it.each([
    [['6', '2.55'], '15.3'],
    [['-1', '27.50'], '-27.5'],
    [['-80995', '2.08'], '-168469.6'],
    [['0', '-5.5'], '0'],
    [['0.001', '0.0005'], '0.000001'],
    [['-0.001', '0.0005'], '-0.000001'],
    [['0.001', '0.0004'], '0'],
    [['3', '0.333333', '0.5'], '0.5'],
    [['123456789.123456', '1000'], '123456789123.456'],
    [['999999.999999', '999999.999999'], '999999999998'],
  ])('%j is %s', (factors, expected) => {
    expect(multiply(factors)).toBe(expected);
  });

  it('are limited', () => {
    expect(codeOf(multiply(['1000000', '1000000']))).toBe('out_of_range');
    expect(codeOf(multiply(['999999999999', '999999999999.999999']))).toBe('out_of_range');
    expect(codeOf(multiply(['999999.999999', '1000000.000001']))).toBe('out_of_range');
  });

  it('are those of decimal arithmetic, rounded half up', () => {
    const decimal = fc
      .tuple(fc.boolean(), fc.stringMatching(/^\d{1,12}$/), fc.stringMatching(/^(\.\d{1,6})?$/))
      .map(([minus, whole, fraction]) => `${minus ? '-' : ''}${whole}${fraction}`);
    const Exact = Decimal.clone({ precision: 100 });
    fc.assert(
      fc.property(fc.array(decimal, { minLength: 2, maxLength: 3 }), (factors) => {
        const expected = factors
          .reduce((product, factor) => product.times(factor), new Exact(1))
          .toDecimalPlaces(6, Decimal.ROUND_HALF_UP);
        const product = multiply(factors);
        if (expected.abs().gte(1e12)) expect(codeOf(product)).toBe('out_of_range');
        else expect(product).toBe(expected.isZero() ? '0' : expected.toFixed());
      }),
      { numRuns: 1000 },
    );
  });
});

describe('negated', () => {
  it.each([
    ['2.50', '-2.50'],
    ['-2.50', '2.50'],
    ['0.00', '0.00'],
    ['-0', '0'],
  ])('%s is %s', (decimal, expected) => {
    expect(negated(decimal)).toBe(expected);
  });
});
