/**
 * Golden tables of many orders at once: a story tells, increment by increment, what is loaded of its
 * own orders and what the tables say of them then. All stories run side by side, so that a spec
 * costs as many runs as its longest story has steps; a story's end must stand to the last of them.
 */
import { loadRead, loadRecords, type BronzeRead, type BronzeRecord } from '../support/records.js';
import { loadBronze, type BronzeEvent, type TestPipeline } from '../support/pipeline.js';
import { draw, dumpStored, expectRows, line, rowsOf, runOnce } from './golden.js';

/** What is told of orders, each query ordered and its first column the order's id. */
const VIEWS = {
  /** Of the ledger: day, orders, cancelled orders, gross, discount, refunds, tax, shipping. */
  ledger: `
    select order_id, formatDateTime(occurred_at, '%m-%d') as day, sum(l.orders) as placed,
      sum(l.cancelled_orders) as cancelled, sum(l.gross), sum(l.discount), sum(l.refunds),
      sum(l.tax), sum(l.shipping)
    from gold.fct_sales as l group by order_id, day order by order_id, day`,
  /** The same on the days on which the orders were placed. */
  byOrderDate: `
    select order_id, formatDateTime(occurred_at, '%m-%d') as day, sum(l.orders) as placed,
      sum(l.cancelled_orders) as cancelled, sum(l.gross), sum(l.discount), sum(l.refunds),
      sum(l.tax), sum(l.shipping)
    from gold.fct_sales_by_order_date as l group by order_id, day order by order_id, day`,
  /** The order's day, source, customer, country, status, gross and units. */
  orders: `
    select order_id, formatDateTime(placed_at, '%m-%d %H:%i'), source, customer_id, country, status,
      gross, units
    from silver.orders order by order_id`,
  /** Product, SKU, name, category, quantity, price, discount. */
  lines: `
    select order_id, product_id, sku, name, category, quantity, price, discount
    from silver.order_lines order by order_id, line_number`,
  /** The kind, id, day, goods, tax, shipping and whether its order was never seen. */
  refunds: `
    select order_id, kind, adjustment_id, formatDateTime(occurred_at, '%m-%d'), goods, tax,
      shipping, is_orphan
    from silver.refunds order by order_id, occurred_at, kind, adjustment_id`,
  /** What waits in quarantine: the model and the check. */
  quarantined: `
    select splitByChar('|', row_key)[1] as order_id, model, check_name
    from operations.quarantined_rows order by all`,
} as const;

export const at = (day: string, time = '12:00') => `2026-${day}T${time}:00Z`;
/** When the orders of stories are placed unless they say otherwise. */
export const PLACED = at('11-02', '10:00');
export const amounts = { discount: 10, tax: 9, shipping: 5 };
/** The usual order as an event tells it: goods 90 (100 less 10), tax 9 and shipping 5. */
export const usual = { products: [line('p1', 1, 100)], ...amounts, total: 104 };

type View = keyof typeof VIEWS;

/** What arrives together. */
export interface Load {
  events?: BronzeEvent[];
  records?: BronzeRecord[];
  reads?: BronzeRead[];
}

export interface Step<Views extends string = View> extends Load {
  /** The rows of this story after the increment; a view that is not drawn is not compared. */
  then: Partial<Record<Views, string>>;
}

/** By title; its orders' ids begin with `orders`. */
export type Stories = Record<string, { orders: string; steps: Step[] }>;

/** By title; the first columns of its rows begin with `ids`. */
export type StoriesOf<Views extends string> = Record<string, { ids: string; steps: Step<Views>[] }>;

/** Runs all stories in `beforeAll` and declares a test each, and one that nothing is left to do. */
export function tellStories(open: () => Promise<TestPipeline>, stories: Stories): void {
  const ofOrders = Object.entries(stories).map(
    ([title, { orders, steps }]) => [title, { ids: orders, steps }] as const,
  );
  tellStoriesOf(VIEWS, open, Object.fromEntries(ofOrders));
}

/** The same of other rows than those of orders; every view's first column tells whose row it is. */
export function tellStoriesOf<Views extends string>(
  views: Record<Views, string>,
  open: () => Promise<TestPipeline>,
  stories: StoriesOf<Views>,
  expectInvariants: (pipeline: TestPipeline) => Promise<void> = expectLedgersAgree,
): void {
  const told: Record<Views, string[]>[] = [];
  let pipeline: TestPipeline;

  beforeAll(async () => {
    pipeline = await open();
    refuseOverlaps(Object.values<{ ids: string }>(stories).map(({ ids }) => ids));
    const length = Math.max(...Object.values(stories).map(({ steps }) => steps.length));
    for (let step = 0; step < length; step += 1) {
      await load(
        pipeline,
        together(Object.values(stories).flatMap(({ steps }) => steps[step] ?? [])),
      );
      await runOnce(pipeline);
      await expectInvariants(pipeline);
      told.push(await readViews(pipeline, views));
    }
  });

  it.each(Object.entries(stories))('%s', (_, { ids, steps }) => {
    const drawn = told.map((_, step) => steps[Math.min(step, steps.length - 1)]!.then);
    const rows = drawn.map((then, step) => only(told[step]!, then, ids));
    const expected = drawn.map((then) =>
      Object.fromEntries(
        Object.entries<string | undefined>(then).map(([view, text]) => [view, draw(text ?? '')]),
      ),
    );
    expect(rows).toEqual(expected);
  });

  it('changes nothing when everything is read again', async () => {
    const stored = await dumpStored(pipeline);
    await pipeline.controlDb.dataSource.query(
      `update watermarks set loaded_until = to_timestamp(0)`,
    );
    const run = await pipeline.runner.run({ target: 'streaming', trigger: 'request' });
    const statuses = new Set(Object.values(run.models).map(({ status }) => status));
    expect([run.status, ...statuses]).toEqual(['published', 'unchanged']);
    expect(await dumpStored(pipeline)).toEqual(stored);
  });
}

/** Records before reads, as a read tells that the records are there. */
export async function load(
  { warehouse }: TestPipeline,
  { events = [], records = [], reads = [] }: Load,
): Promise<void> {
  if (events.length > 0) await loadBronze(warehouse, events);
  await loadRecords(warehouse, records);
  for (const read of reads) await loadRead(warehouse, read);
}

export const together = (loads: Load[]): Required<Load> => ({
  events: loads.flatMap(({ events }) => events ?? []),
  records: loads.flatMap(({ records }) => records ?? []),
  reads: loads.flatMap(({ reads }) => reads ?? []),
});

async function readViews<Views extends string>(
  { warehouse }: TestPipeline,
  views: Record<Views, string>,
): Promise<Record<Views, string[]>> {
  const rows: Partial<Record<Views, string[]>> = {};
  for (const view of Object.keys(views) as Views[])
    rows[view] = await rowsOf(warehouse, views[view]);
  return rows as Record<Views, string[]>;
}

function only<Views extends string>(
  rows: Record<Views, string[]>,
  then: Step<Views>['then'],
  ids: string,
): Partial<Record<string, string[]>> {
  const isOwn = (row: string) => row.startsWith(ids);
  return Object.fromEntries(
    (Object.keys(then) as Views[]).map((view) => [view, rows[view].filter(isOwn)]),
  );
}

function refuseOverlaps(prefixes: string[]): void {
  for (const [index, prefix] of prefixes.entries()) {
    const clash = prefixes.find((other, place) => place !== index && other.startsWith(prefix));
    if (clash !== undefined) throw new Error(`The ids ${clash} also begin with ${prefix}.`);
  }
}

/** Every column of the ledger that can be summed. */
const SUMMED = [
  ...['orders', 'cancelled_orders', 'orders_with_units', 'units', 'placed_gross'],
  ...['placed_discount', 'gross', 'discount', 'refunds', 'tax', 'shipping'],
];
const SUMS = SUMMED.map((column) => `sum(part.${column})`).join(', ');
const BUCKET = `bucket_at, currency, source, country, device_type, channel, utm_source, utm_medium,
  utm_campaign, customer_known`;

/** The buckets of the aggregate that a recount of the ledger does not confirm. */
const MISCOUNTED = `
  select ${BUCKET}, ${SUMS}
  from (
    select toStartOfFifteenMinutes(occurred_at) as bucket_at, currency, source, country, device_type,
      channel, utm_source, utm_medium, utm_campaign, customer_id != '' as customer_known,
      ${SUMMED.map((column) => `toDecimal128(ledger.${column}, 6) as ${column}`).join(', ')}
    from gold.fct_sales as ledger
    union all
    select ${BUCKET}, ${SUMMED.map((column) => `-toDecimal128(${column}, 6)`).join(', ')}
    from gold.sales_15m
  ) as part
  group by ${BUCKET} having (${SUMS}) != (${SUMMED.map(() => '0').join(', ')})`;

const COUNTED_TWICE = `
  select order_id, sum(part.orders) from gold.fct_sales as part
  group by order_id, currency having sum(part.orders) > 1`;

/** The aggregate recounts the ledger, the order-date view agrees with it in total, no order is two. */
export async function expectLedgersAgree({ warehouse }: TestPipeline): Promise<void> {
  await expectRows(warehouse, MISCOUNTED, '');
  await expectRows(warehouse, COUNTED_TWICE, '');
  const total = (ledger: string) => rowsOf(warehouse, `select ${SUMS} from ${ledger} as part`);
  expect(await total('gold.fct_sales_by_order_date')).toEqual(await total('gold.fct_sales'));
}
