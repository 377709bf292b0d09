/** Converted sums against the original amounts times the rates, by hand with exact decimals. */
import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { loadBronze, openTestPipeline, type TestPipeline } from '../support/pipeline.js';
import { loadRecords, type BronzeRecord } from '../support/records.js';
import { expectRows, line, placed, refunded, rowsOf, runOnce } from './golden.js';

let pipeline: TestPipeline;

const rate = (day: string, base: string, quote: string, value: string): BronzeRecord => ({
  ...{ origin: 'file', source: 'fx_rates', entity: 'fx_rates', id: `${day}/${base}/${quote}` },
  at: '2026-12-01T00:00:00Z',
  fields: { date: day, base, quote, rate: value },
});

describe('converted sums', () => {
  const DAYS = ['2026-09-01', '2026-09-02', '2026-09-05'];
  /** As published: units of the currency for one euro. */
  const PER_EURO: Record<string, string[]> = {
    USD: ['1.0845', '1.0911', '1.0799'],
    JPY: ['162.55', '161.07', '163.999'],
    KWD: ['0.3331', '0.33017', '0.3299'],
    IDR: ['17654.31', '17601.5', '17777.77'],
  };
  const worth = (currency: string, day: number) => {
    const usd = new Decimal(PER_EURO['USD']![day]!);
    const exact = currency === 'EUR' ? usd : divided(usd, PER_EURO[currency]![day]!);
    return exact.toDecimalPlaces(18, Decimal.ROUND_HALF_UP);
  };
  const orders = fc.sample(
    fc.record({
      day: fc.nat(2),
      currency: fc.constantFrom('EUR', 'JPY', 'KWD', 'IDR'),
      prices: fc.array(fc.integer({ min: 1, max: 99_999_999 }), { minLength: 1, maxLength: 4 }),
      discount: fc.nat(100),
      parts: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 }),
    }),
    { seed: 20_261_127, numRuns: 60 },
  );

  beforeAll(async () => {
    pipeline = await openTestPipeline();
    await loadRecords(
      pipeline.warehouse,
      DAYS.flatMap((day, index) =>
        Object.entries(PER_EURO).map(([code, rates]) => rate(day, 'EUR', code, rates[index]!)),
      ),
    );
    const events = orders.flatMap(({ day, currency, prices, discount, parts }, index) => {
      const id = `o${index}`;
      const at = `${DAYS[day]}T1${index % 10}:00:00Z`;
      const products = prices.map((price, item) => line(`p${item}`, 1, price / 1000));
      const total = prices.reduce((sum, price) => sum + price, 0);
      const off = Math.floor((total * discount) / 100) / 1000;
      const goods = total - off * 1000;
      return [
        placed(id, at, { products, discount: off, tax: 0.333, shipping: 1.5 }, { currency }),
        ...parts.map((part, place) =>
          refunded(
            id,
            `2026-09-1${place}T10:00:00Z`,
            { refund_id: `r${place}`, total: Math.floor((goods * part) / 30) / 1000, tax: 0 },
            { currency },
          ),
        ),
      ];
    });
    await loadBronze(pipeline.warehouse, events);
    await runOnce(pipeline);
  });

  it('are the original amounts times the rates, by hand', async () => {
    const own = await pipeline.warehouse.query<Record<string, string>>(
      'reader',
      `select order_id, currency, sum(l.gross) as gross, sum(l.gross) - sum(l.discount) as goods,
         sum(l.refunds) as refunds, min(toDate(placed_at)) as day
       from gold.fct_sales as l
       left join silver.orders as o on o.order_id = l.order_id
       where not is_converted group by order_id, currency`,
    );
    const sum = { gross: new Decimal(0), goods: new Decimal(0), refunds: new Decimal(0) };
    for (const row of own) {
      const factor = worth(row['currency']!, DAYS.indexOf(row['day']!));
      for (const name of ['gross', 'goods', 'refunds'] as const) {
        sum[name] = sum[name].plus(factor.times(row[name]!).toDecimalPlaces(6));
      }
    }
    expect(own).toHaveLength(orders.length);
    const drawn = [sum.gross, sum.goods, sum.refunds].map((value) => value.toFixed()).join(' | ');
    for (const table of ['gold.fct_sales', 'gold.sales_15m', 'gold.product_15m']) {
      await expectRows(
        pipeline.warehouse,
        `select sum(t.gross), sum(t.gross) - sum(t.discount), sum(t.refunds) from ${table} as t
         where is_converted and currency = 'USD'`,
        drawn,
      );
    }
  });

  it('leave nothing of an order that is given back whole', async () => {
    const whole = orders.map((given, index) =>
      refunded(`o${index}`, '2026-09-20T10:00:00Z', {}, { currency: given.currency }),
    );
    await loadBronze(pipeline.warehouse, whole);
    await runOnce(pipeline);
    const left = await rowsOf(
      pipeline.warehouse,
      `select order_id, currency, sum(l.gross) - sum(l.discount) - sum(l.refunds) as goods,
         sum(l.tax) as tax_left, sum(l.shipping) as shipping_left
       from gold.fct_sales as l group by order_id, currency
       having goods != 0 or tax_left != 0 or shipping_left != 0`,
    );
    expect(left).toEqual([]);
  });
});

/** As the engine divides: cut at 24 decimals. */
function divided(numerator: Decimal, denominator: string): Decimal {
  const Precise = Decimal.clone({ precision: 60 });
  return new Precise(numerator).div(denominator).toDecimalPlaces(24, Decimal.ROUND_DOWN);
}
