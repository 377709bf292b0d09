import { Decimal } from 'decimal.js';
import { explain, tell, type SplitChange } from './explain.js';
import type { ReportValue } from './report.js';

const sales = (value: string, previous: string, change: number | null): ReportValue => ({
  ...{ metric: 'net_sales', label: 'Net sales', unit: 'money', value, previous, change },
  ...{ year_before: null, year_change: null },
});

const split = (dimension: string, rows: [string, string, string][]): SplitChange => ({
  dimension,
  label: dimension,
  rows: rows.map(([key, value, previous]) => ({
    ...{ key, label: key, value, previous },
    difference: new Decimal(value).minus(previous).toFixed(2),
  })),
});

describe('the explanation of a change', () => {
  it('names the dimension in which one key accounts for most, and what went against it', () => {
    const channel = split('channel', [
      ['email', '900.00', '100.00'],
      ['direct', '400.00', '600.00'],
      ['paid', '250.00', '200.00'],
    ]);
    const country = split('country', [
      ['AT', '800.00', '500.00'],
      ['DE', '750.00', '400.00'],
    ]);
    const found = explain(
      sales('1550.00', '900.00', 0.722222),
      [country, channel],
      'EUR',
      'the day before',
    );
    expect(found).toEqual({
      metric: 'net_sales',
      dimension: 'channel',
      sentences: [
        'Net sales rose by 650.00 EUR (+72.2%) against the day before, to 1,550.00 EUR.',
        'The largest part of it is channel email: from 100.00 EUR to 900.00 EUR, 123.1% of the change.',
        'Then channel paid: from 200.00 EUR to 250.00 EUR, 7.7% of the change.',
        'Against it, channel direct fell by 200.00 EUR.',
      ],
    });
  });

  it('explains nothing by a dimension with one key, nor what did not change', () => {
    const one = split('channel', [['email', '5.00', '9.00']]);
    const fell = explain(sales('5.00', '9.00', -0.444444), [one], 'EUR', 'the week before');
    expect(fell).toEqual({
      metric: 'net_sales',
      dimension: null,
      sentences: ['Net sales fell by 4.00 EUR (-44.4%) against the week before, to 5.00 EUR.'],
    });
    const same = explain(sales('5.00', '5.00', 0), [one], 'EUR', 'the month before');
    expect(same.sentences).toEqual([
      'Net sales did not change against the month before: 5.00 EUR.',
    ]);
  });

  it('writes amounts in the digits of their currency, however large', () => {
    expect(tell(new Decimal('1234567890123456.5'), 'money', 'EUR')).toBe(
      '1,234,567,890,123,456.50 EUR',
    );
    expect(tell(new Decimal('1500'), 'money', 'JPY')).toBe('1,500 JPY');
    expect(tell(new Decimal('0.0456'), 'ratio', 'EUR', 'bounce_rate')).toBe('4.6%');
    expect(tell(new Decimal('3.4567'), 'ratio', 'EUR', 'mean_rating')).toBe('3.46');
    expect(tell(new Decimal('1234'), 'count', 'EUR')).toBe('1,234');
  });
});
