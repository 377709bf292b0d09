/** What the specs of this tier share: feeding increments and reading tables as short text. */
import { createRunner, loadBronze, type BronzeEvent } from '../support/pipeline.js';
import type { TestPipeline } from '../support/pipeline.js';
import { LOOKBACK_SECONDS } from '../../src/analytics/runner/load-window.js';
import { physicalTable } from '../../src/analytics/runner/tables.js';
import { ancestors } from '../../src/analytics/compiler/graph.js';
import type { Model } from '../../src/analytics/compiler/model.js';
import type { JsonObject } from '../../src/contracts/json.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import type { PipelineRun } from '../../src/platform/control-db/entities/pipeline.entities.js';
import type { Warehouse } from '../../src/platform/warehouse/warehouse.js';

type Rest = Partial<BronzeEvent>;

const track =
  (event: string) => (orderId: string, at: string, properties: JsonObject, rest: Rest) => ({
    event,
    at,
    visitor: `visitor-of-${orderId}`,
    properties: { order_id: orderId, ...properties },
    ...rest,
  });

export const placed = (orderId: string, at: string, properties: JsonObject, rest: Rest = {}) =>
  track('Order Completed')(orderId, at, properties, rest);
export const updated = (orderId: string, at: string, properties: JsonObject, rest: Rest = {}) =>
  track('Order Updated')(orderId, at, properties, rest);
export const refunded = (orderId: string, at: string, properties: JsonObject, rest: Rest = {}) =>
  track('Order Refunded')(orderId, at, properties, rest);
export const cancelled = (orderId: string, at: string, rest: Rest = {}) =>
  track('Order Cancelled')(orderId, at, {}, rest);
export const identified = (visitor: string, user: string, at: string, traits: JsonObject = {}) => ({
  call: 'identify',
  at,
  visitor,
  user,
  traits,
});
export const line = (productId: string, quantity: number | string, price: number | string) => ({
  product_id: productId,
  name: productId.toUpperCase(),
  quantity,
  price,
});

/** One load and one run over it; the run must have published what it could. */
export async function increment(
  pipeline: TestPipeline,
  events: BronzeEvent[],
  target = 'streaming',
): Promise<PipelineRun> {
  await loadBronze(pipeline.warehouse, events);
  return runOnce(pipeline, target);
}

/** A run over what was loaded since the last; it must have published what it could. */
export async function runOnce(
  { controlDb, runner }: TestPipeline,
  target = 'streaming',
): Promise<PipelineRun> {
  const run = await runner.run({ target, trigger: 'request' });
  const unpublished = Object.entries(run.models).filter(([, { reason }]) => reason !== undefined);
  const { status, error } = run;
  const sound = { status: 'published', error: null, unpublished: [] };
  expect({ status, error, unpublished }).toEqual(sound);
  await skipLookback(controlDb);
  return run;
}

/**
 * Lets the next run see only what arrives from now on. A spec's increments follow within the
 * lookback, which would have every run read all of them again and hide what a run forgets.
 * A watermark that already lies ahead was moved before and no run has touched it since.
 */
export async function skipLookback(controlDb: ControlDb): Promise<void> {
  await controlDb.dataSource.query(
    `update watermarks set loaded_until = loaded_until + make_interval(secs => $1)
     where loaded_until <= now()`,
    [LOOKBACK_SECONDS],
  );
}

const CREDITS = 'gold.attribution_credits';
const BRONZE_TABLES = ['bronze.events', 'bronze.records', 'bronze.reads'];

/** Empties everything and starts a fresh runner, as if on a new directory. */
export async function startAnew(pipeline: TestPipeline): Promise<void> {
  const { warehouse, controlDb } = pipeline;
  await pipeline.runner.stop();
  for (const table of [...BRONZE_TABLES, 'operations.quarantined_rows']) {
    await warehouse.command('pipeline', `truncate table ${table}`);
  }
  // A model without a record is made anew, with its tables, watermarks and publish log.
  await controlDb.dataSource.query('delete from model_states');
  pipeline.runner = createRunner(warehouse, controlDb);
  await pipeline.runner.lead();
}

/** The rows of a query, each as its values between bars. */
export async function rowsOf(warehouse: Warehouse, sql: string): Promise<string[]> {
  const rows = await warehouse.query<Record<string, unknown>>('reader', sql);
  return rows.map((row) => Object.values(row).map(cell).join(' | '));
}

/** Compares a query with a table drawn in the spec; spaces around the bars do not count. */
export async function expectRows(warehouse: Warehouse, sql: string, drawn: string): Promise<void> {
  expect(await rowsOf(warehouse, sql)).toEqual(draw(drawn));
}

export function draw(text: string): string[] {
  return text
    .split('\n')
    .map((row) =>
      row
        .split('|')
        .map((value) => value.trim())
        .join(' | '),
    )
    .filter((row) => row !== '');
}

function cell(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * What readers see of each model, ordered; states are finalised. Unless it is named, what an order
 * was credited to is left out with all that reads it: it stands as it was first made, and so depends
 * on what had arrived by then.
 */
export async function dump({ warehouse, runner }: TestPipeline, names?: string[]) {
  const edges = new Map(runner.project.models.map(({ name, upstream }) => [name, upstream]));
  const isFrozen = (name: string) => name === CREDITS || ancestors(edges, name).has(CREDITS);
  const models = runner.project.models.filter(
    ({ name }) => names?.includes(name) ?? !isFrozen(name),
  );
  const tables: Record<string, string[]> = {};
  for (const model of models) {
    tables[model.name] = await rowsOf(
      warehouse,
      `select ${readable(model)} from ${model.name} order by all`,
    );
  }
  return tables;
}

/** Every stored row with its version and load time. */
export async function dumpStored({ warehouse, runner }: TestPipeline) {
  const tables: Record<string, string[]> = {};
  for (const model of runner.project.models.filter(({ kind }) => kind !== 'view')) {
    const versions = ', _version, _is_deleted, _loaded_at';
    const extra = { upsert: versions, scd2: versions, append: ', _loaded_at' };
    const bookkeeping = extra[model.kind as keyof typeof extra] ?? '';
    tables[model.name] = await rowsOf(
      warehouse,
      `select ${readable(model)}${bookkeeping} from ${physicalTable(model)} order by all`,
    );
  }
  return tables;
}

function readable(model: Model): string {
  return model.columns
    .map(({ name, type }) =>
      type.startsWith('AggregateFunction') ? `finalizeAggregation(${name}) as ${name}` : name,
    )
    .join(', ');
}

/** The standing sales by bucket, currency and whether the buyer is known. */
export const SALES_BY_BUCKET = `
  select formatDateTime(bucket_at, '%m-%d %H:%i') as bucket, currency, customer_known,
    sum(s.orders) as orders, sum(s.units) as units, sum(s.placed_gross) as placed_gross,
    sum(s.gross) as gross, sum(s.discount) as discount, sum(s.refunds) as refunds,
    sum(s.tax) as tax, sum(s.shipping) as shipping, uniqExactMerge(s.customers) as customers
  from gold.sales_15m as s
  group by bucket_at, currency, customer_known order by bucket_at, currency, customer_known`;

export const PRODUCTS_BY_BUCKET = `
  select formatDateTime(bucket_at, '%m-%d %H:%i') as bucket, currency, product_id,
    sum(p.units) as units, sum(p.gross) as gross, sum(p.discount) as discount,
    uniqExactMerge(p.orders) as orders, uniqExactMerge(p.customers) as customers
  from gold.product_15m as p where currency != ''
  group by bucket_at, currency, product_id order by bucket_at, currency, product_id`;

export const TRAFFIC_BY_BUCKET = `
  select formatDateTime(bucket_at, '%m-%d %H:%i') as bucket, sum(t.page_views) as page_views,
    sum(t.product_views) as product_views, sum(t.adds_to_cart) as adds_to_cart,
    uniqCombined64Merge(t.visitors) as visitors
  from gold.traffic_15m as t
  group by bucket_at order by bucket_at`;

/** The aggregate must say what its ledger says. */
export const LEDGER_LESS_AGGREGATE = `
  select sum(part.orders), sum(part.units), sum(part.gross), sum(part.refunds), sum(part.tax),
    sum(part.shipping), sum(part.cancelled_orders)
  from (
    select toInt64(orders) as orders, units, gross, refunds, tax, shipping,
      toInt64(cancelled_orders) as cancelled_orders from gold.fct_sales
    union all
    select -toInt64(orders), -units, -gross, -refunds, -tax, -shipping, -toInt64(cancelled_orders)
    from gold.sales_15m
  ) as part`;
