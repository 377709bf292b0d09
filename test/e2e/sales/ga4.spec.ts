import { Decimal } from 'decimal.js';
import { startTestService } from '../../support/service.js';
import { ask, type SummaryReply } from './client.js';
import { isRealOrder, parseCsv, readGa4, segmentName, toSegment, type Ga4Row } from './ga4-file.js';

const BATCH_EVENTS = 500;
const datasets = process.env['CARTOGRAPH_DATASETS'];
// The one skip that REQUIRE_ALL=1 allows: the file is no part of the repository.
if (!datasets) process.stderr.write('SKIPPED ga4: CARTOGRAPH_DATASETS is not set\n');

it('the CSV reader takes quotes, and refuses what is not CSV', () => {
  expect(parseCsv('a,"b ""c"", d\n"\r\n,"",e\n')).toEqual([
    ['a', 'b "c", d\n'],
    ['', '', 'e'],
  ]);
  expect(() => parseCsv('a,"b\n')).toThrow('character 2');
  expect(() => parseCsv('a"b,c\n')).toThrow('character 0');
});

function countBy(rows: Ga4Row[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[segmentName(row)] = (counts[segmentName(row)] ?? 0) + 1;
  return counts;
}

/** An order that is reported twice counts once, with what its earliest event says. */
function ordersOf(rows: Ga4Row[]): Map<string, Ga4Row> {
  const orders = new Map<string, Ga4Row>();
  for (const row of rows.filter(isRealOrder)) {
    const standing = orders.get(row['transaction_id']!);
    const at = BigInt(row['event_timestamp']!);
    if (!standing || at < BigInt(standing['event_timestamp']!)) {
      orders.set(row['transaction_id']!, row);
    }
  }
  return orders;
}

(datasets ? describe : describe.skip)('the Google Merchandise Store', () => {
  it('is counted as the file is recounted: events by name, orders, gross sales', async () => {
    const rows = readGa4(datasets!);
    expect(rows).toHaveLength(24_219);
    const service = await startTestService();
    const writeKey = await service.key('events:write');
    const readKey = await service.key('sales:read');
    const events = rows.map(toSegment);
    for (let start = 0; start < events.length; start += BATCH_EVENTS) {
      const batch = events.slice(start, start + BATCH_EVENTS);
      const response = await service.post('/v1/batch', { batch }, writeKey);
      expect(await response.json()).toEqual({
        success: true,
        accepted: batch.length,
        rejected: 0,
        duplicates: 0,
      });
    }
    expect((await service.run('streaming')).status).toBe('published');

    const counted = await service.platform.warehouse.query<{ event: string; events: string }>(
      'reader',
      'select event, count() as events from silver.events group by event',
      {},
    );
    const silver = Object.fromEntries(counted.map(({ event, events: n }) => [event, Number(n)]));
    expect(silver).toEqual(countBy(rows));

    const orders = [...ordersOf(rows).values()];
    const gross = orders.reduce(
      (sum, row) => sum.plus(row['purchase_revenue_in_usd']!),
      new Decimal(0),
    );
    const { data } = await ask<SummaryReply>(service, readKey, 'summary', {
      from: '2020-10-31',
      to: '2021-02-02',
      metrics: 'orders,gross_sales,units',
      compare: 'none',
    });
    expect(orders).toHaveLength(525);
    expect(data['orders']!.value).toBe(525);
    expect(data['gross_sales']!.value).toBe(gross.toFixed(2));
    // GA4's orders come without lines.
    expect(data['units']!.value).toBeNull();
  });
});
