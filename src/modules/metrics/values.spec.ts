import { compare, currencyDigits, emptyValue, toMetricValue } from './values.js';

describe('money', () => {
  it.each([
    ['1.005', 'USD', '1.01'],
    ['1.004999', 'USD', '1.00'],
    ['-1.005', 'USD', '-1.01'],
    ['-1.004', 'USD', '-1.00'],
    // Rounded once: not 1.4449 → 1.445 → 1.45.
    ['1.4449', 'USD', '1.44'],
    ['0.5', 'JPY', '1'],
    ['-0.5', 'JPY', '-1'],
    ['1234.499999', 'JPY', '1234'],
    ['1.0005', 'KWD', '1.001'],
    ['1.0004', 'KWD', '1.000'],
    ['0', 'USD', '0.00'],
    // What rounds to nothing has no sign.
    ['-0.004', 'USD', '0.00'],
    ['-0.4', 'JPY', '0'],
    // Beyond what a float holds, and never in exponent notation.
    ['90071992547409931234.125', 'USD', '90071992547409931234.13'],
    ['1e21', 'USD', '1000000000000000000000.00'],
  ])('rounds %s %s half away from zero to %s', (value, currency, expected) => {
    expect(toMetricValue(value, 'money', currency)).toBe(expected);
  });

  it('has the minor digits of ISO 4217, whatever is in everyday use', () => {
    const digits = ['USD', 'JPY', 'KWD', 'IQD', 'HUF', 'IDR', 'PKR', 'CLP', 'UYW'];
    expect(digits.map(currencyDigits)).toEqual([2, 0, 3, 3, 2, 2, 2, 0, 4]);
  });
});

describe('other values', () => {
  it('are numbers; a ratio has six digits, a quantity its own', () => {
    expect(toMetricValue('42', 'count', 'USD')).toBe(42);
    expect(toMetricValue('1.250000', 'quantity', 'USD')).toBe(1.25);
    expect(toMetricValue('0.3333333333', 'ratio', 'USD')).toBe(0.333333);
    expect(Object.is(toMetricValue('-0.0000001', 'ratio', 'USD'), 0)).toBe(true);
  });

  it('stay null, and are null or 0 where nothing happened', () => {
    expect(toMetricValue(null, 'money', 'USD')).toBeNull();
    expect(toMetricValue(undefined, 'count', 'USD')).toBeNull();
    expect(emptyValue(true, 'money', 'USD')).toBeNull();
    expect(emptyValue(false, 'money', 'KWD')).toBe('0.000');
    expect(emptyValue(false, 'count', 'USD')).toBe(0);
  });
});

describe('change', () => {
  it.each([
    ['150.00', '100.00', 0.5],
    ['50.00', '100.00', -0.5],
    ['10.00', '30.00', -0.666667],
    [3, 2, 0.5],
    // Better by 150 from a loss of 100: the formula divides by what was, sign and all.
    ['50.00', '-100.00', -1.5],
    ['0.00', '100.00', -1],
    ['100.00', '0.00', null],
    ['100.00', null, null],
    [null, '100.00', null],
  ])('of %s from %s is %s', (value, previous, expected) => {
    expect(compare(value, previous, 'money')).toEqual({
      value,
      unit: 'money',
      previous,
      change: expected,
    });
  });
});
