/**
 * Series in the reader's timezone by hour, day, week and month, over both changes of the clock and
 * where the offset is a quarter of an hour: the same as reckoned from the raw events.
 */
import { Decimal } from 'decimal.js';
import { DateTime } from 'luxon';
import { GRANULARITIES, type Granularity } from '../../../src/modules/metrics/range.js';
import { loadBronze, type BronzeEvent } from '../../support/pipeline.js';
import { startTestService, type TestService } from '../../support/service.js';
import { chance } from '../../support/shoppers.js';
import type { SeriesReply } from './client.js';

const QUARTER_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

/** When the clocks change: Berlin, New York and the Chatham Islands, in spring and in autumn. */
const CHANGES = [
  '2026-03-08T07:00:00Z',
  '2026-03-29T01:00:00Z',
  '2026-04-04T14:00:00Z',
  '2026-09-26T14:00:00Z',
  '2026-10-25T01:00:00Z',
  '2026-11-01T06:00:00Z',
].map((instant) => Date.parse(instant));

/** By local date, `to` exclusive: each begins and ends within a week and holds changes. */
const RANGES = [
  ['2026-02-27', '2026-04-08'],
  ['2026-09-24', '2026-11-05'],
] as const;

const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Eucla',
  'Pacific/Chatham',
];

interface Sold {
  at: number;
  price: string;
}

/** On and just before each quarter of an hour around a change, and some on the days about it. */
function sales(): Sold[] {
  const random = chance(20261025);
  const around = CHANGES.flatMap((change) => [
    ...Array.from({ length: 21 }, (_, index) => change + (index - 10) * QUARTER_MS),
    ...Array.from({ length: 21 }, (_, index) => change + (index - 10) * QUARTER_MS - 1),
    ...Array.from({ length: 15 }, () => change + Math.floor((random() - 0.5) * 3 * DAY_MS)),
  ]);
  return around.map((at) => ({ at, price: (1 + Math.floor(random() * 9_999) / 100).toFixed(2) }));
}

const SALES = sales();
let service: TestService;
let key: string;

beforeAll(async () => {
  service = await startTestService();
  key = await service.key('sales:read', 'behaviour:read');
  const events = SALES.flatMap(({ at, price }, index): BronzeEvent[] => {
    const when = { at: new Date(at).toISOString(), visitor: `v${index}` };
    const products = [{ product_id: 'p1', price, quantity: 1 }];
    return [
      { ...when, call: 'page', page: '/' },
      {
        ...when,
        event: 'Order Completed',
        properties: { order_id: `o${index}`, products },
      },
    ];
  });
  await loadBronze(service.platform.warehouse, events);
  expect((await service.run('streaming')).status).toBe('published');
});

async function series(path: string, parameters: Record<string, string>) {
  const response = await service.get(`/api/v1/${path}?${new URLSearchParams(parameters)}`, key);
  const text = await response.text();
  expect([response.status, text.slice(0, 9)]).toEqual([200, '{"data":{']);
  return (JSON.parse(text) as SeriesReply).data.points;
}

/**
 * Bucket by bucket from the raw sales: the instant, the orders, their gross and the page views. A
 * sale is of the last bucket that began; by its local hour alone the quarter of an hour to which
 * the Chatham Islands set their clocks back would be of an hour that was over.
 */
function reckoned(zone: string, granularity: Granularity, [from, to]: readonly [string, string]) {
  const [start, end] = [from, to].map((date) => DateTime.fromISO(date, { zone }));
  const buckets = new Map<number, { orders: number; gross: Decimal }>();
  for (
    let bucket = start!.startOf(granularity);
    bucket < end!;
    bucket = bucket.plus({ [granularity]: 1 })
  ) {
    buckets.set(bucket.toMillis(), { orders: 0, gross: new Decimal(0) });
  }
  for (const { at, price } of SALES) {
    if (at < start!.toMillis() || at >= end!.toMillis()) continue;
    const begun = [...buckets.keys()].filter((bucket) => bucket <= at);
    const bucket = buckets.get(begun.at(-1)!)!;
    bucket.orders += 1;
    bucket.gross = bucket.gross.plus(price);
  }
  return [...buckets].map(([at, { orders, gross }]) => [at, orders, gross.toFixed(2), orders]);
}

const asked = ZONES.flatMap((zone) =>
  GRANULARITIES.map((granularity): [string, Granularity] => [zone, granularity]),
);

it.each(asked)('in %s by %s is as reckoned from the raw events', async (zone, granularity) => {
  for (const range of RANGES) {
    const [from, to] = range;
    const given = { from, to, timezone: zone, granularity };
    const sold = await series('sales/series', { ...given, metrics: 'orders,gross_sales' });
    const looked = await series('behaviour/series', { ...given, metrics: 'page_views' });
    const answered = sold.map((point, index) => [
      Date.parse(String(point.at)),
      point['orders'],
      point['gross_sales'],
      looked[index]!['page_views'],
    ]);
    expect(looked.map(({ at }) => at)).toEqual(sold.map(({ at }) => at));
    expect(answered).toEqual(reckoned(zone, granularity, range));
    const orders = answered.reduce((sum, [, count]) => sum + Number(count), 0);
    expect(orders).toBeGreaterThan(150);
  }
});

it('has a day of 23 hours and one of 25 where the clock changes, and none where it does not', async () => {
  const hoursOf = async (timezone: string, day: string) => {
    const to = DateTime.fromISO(day).plus({ days: 1 }).toISODate()!;
    const given = { from: day, to, timezone, granularity: 'hour', metrics: 'orders' };
    return (await series('sales/series', given)).length;
  };
  expect(await hoursOf('Europe/Berlin', '2026-03-29')).toBe(23);
  expect(await hoursOf('Europe/Berlin', '2026-10-25')).toBe(25);
  expect(await hoursOf('America/New_York', '2026-03-08')).toBe(23);
  expect(await hoursOf('America/New_York', '2026-11-01')).toBe(25);
  expect(await hoursOf('Asia/Kathmandu', '2026-03-29')).toBe(24);
});
