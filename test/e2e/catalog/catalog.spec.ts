/** What the catalog shows of models, lineage and metrics, and to whom; a number explained. */
import { Runner } from '../../../src/analytics/index.js';
import { loadProject } from '../../../src/analytics/project.js';
import type { SummaryValue } from '../../../src/contracts/metric-contract.js';
import type { CatalogModel, Lineage } from '../../../src/modules/catalog/catalog.service.js';
import type { Explanation } from '../../../src/modules/catalog/explanation.js';
import { BEHAVIOUR_DEPARTMENT } from '../../../src/modules/behaviour/behaviour.metrics.js';
import { toMetricValue, type EngineValue } from '../../../src/modules/metrics/values.js';
import { SALES_DEPARTMENT } from '../../../src/modules/sales/sales.metrics.js';
import { QualityScore } from '../../../src/platform/control-db/entities/quality.entities.js';
import { cartograph } from '../../support/spawned-service.js';
import { postGraphql } from '../sales/client.js';
import { openCatalogShop, RANGE, type CatalogShop } from './shop.js';

const project = loadProject();

let shop: CatalogShop;
beforeAll(async () => {
  shop = await openCatalogShop();
});

async function get<T>(path: string, key: string): Promise<T> {
  const response = await shop.get(path, key);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  return (JSON.parse(text) as { data: T }).data;
}

async function codeOf(path: string, key: string): Promise<string> {
  return ((await (await shop.get(path, key)).json()) as { code: string }).code;
}

const modelsOf = async (key: string) =>
  (await get<{ models: CatalogModel[] }>('/api/v1/catalog/models', key)).models;
const namesOf = async (key: string) => (await modelsOf(key)).map(({ name }) => name);

describe('the catalog', () => {
  it('has every source and model, each after all that it reads, with its contract', async () => {
    const models = await modelsOf(shop.adminKey);
    const names = models.map(({ name }) => name);
    expect([...names].sort()).toEqual(
      [...project.sources, ...project.models].map(({ name }) => name).sort(),
    );
    for (const { name, upstream } of models) {
      for (const read of upstream) expect(names.indexOf(read)).toBeLessThan(names.indexOf(name));
    }
    const orders = models.find(({ name }) => name === 'silver.orders')!;
    expect(orders).toMatchObject({
      ...{ layer: 'silver', kind: 'upsert', owner: 'data', schedule: 'streaming' },
      ...{ key: ['order_id'], partition_by: 'month', pii: 'pseudonymous' },
      upstream: expect.arrayContaining(['silver.order_events', 'silver.records']),
      downstream: expect.arrayContaining(['gold.fct_sales', 'gold.fct_orders']),
      definition: expect.stringMatching(/^[0-9a-f]{12}$/),
      freshness: { state: 'ok', reason: null, as_of: expect.any(String), held: [] },
    });
    expect(orders.columns).toContainEqual({
      ...{ name: 'customer_id', type: 'String', pii: 'pseudonymous' },
      description: 'The buyer; empty if unknown.',
    });
    expect(orders.checks).toContainEqual({
      ...{ name: 'not_null_order_id', type: 'not_null', severity: 'row' },
      description: expect.stringContaining('order_id'),
    });
    expect(orders.checks.map(({ severity }) => severity)).toContain('error');
    const bucket = models.find(({ name }) => name === 'gold.sales_15m')!;
    expect(bucket.metrics).toContainEqual({ department: 'sales', metric: 'gross_sales' });
  });

  it('tells how fresh sources are, and the newest quality score of a model', async () => {
    const scores = shop.platform.controlDb.dataSource.getRepository(QualityScore);
    const score = { model: 'silver.orders', runId: null, rows: '4' };
    await scores.insert([
      { ...score, scoredAt: new Date(0), completeness: 0.5, accuracy: 0.5 },
      { ...score, scoredAt: new Date(1_000), completeness: 1, accuracy: 0.75 },
    ]);
    const one = (name: string) =>
      get<CatalogModel>(`/api/v1/catalog/models/${name}`, shop.adminKey);
    expect((await one('silver.orders')).quality).toEqual({
      ...{ rows: 4, completeness: 1, accuracy: 0.75 },
      scored_at: '1970-01-01T00:00:01.000Z',
    });
    expect(await one('silver.sessions')).toMatchObject({ quality: null });
    expect(await one('bronze.events')).toMatchObject({
      ...{ kind: 'source', schedule: null, definition: null },
      freshness: { state: 'ok', as_of: expect.any(String) },
    });
    const described = project.sources.filter(({ columns }) => columns !== undefined);
    expect(described.length).toBeGreaterThanOrEqual(4);
    for (const { name, columns = [] } of described) {
      const standing = await shop.platform.warehouse.query<{ name: string; type: string }>(
        'reader',
        `select name, type from system.columns
         where database || '.' || table = {name:String} order by position`,
        { name },
      );
      expect(columns.map(({ name: column, type }) => ({ name: column, type }))).toEqual(standing);
    }
    expect(await one('bronze.reads')).toMatchObject({ freshness: { state: 'empty', as_of: null } });
  });

  it('shows a department its metrics, the models that they read and all upstream', async () => {
    const names = await namesOf(shop.readKey);
    expect(names).toEqual(
      expect.arrayContaining(['gold.sales_15m', 'silver.orders', 'silver.events', 'bronze.events']),
    );
    expect(names).not.toContain('gold.sentiment_15m');
    expect(names).not.toContain('gold.customer_clv');
    expect(await codeOf('/api/v1/catalog/models/gold.sentiment_15m', shop.readKey)).toBe(
      'unknown_model',
    );
    const visible = new Set(names);
    for (const { upstream, downstream } of await modelsOf(shop.readKey)) {
      expect([...upstream, ...downstream].filter((name) => !visible.has(name))).toEqual([]);
    }
    const { metrics } = await get<{ metrics: { department: string; id: string }[] }>(
      '/api/v1/catalog/metrics',
      shop.readKey,
    );
    expect([...new Set(metrics.map(({ department }) => department))]).toEqual(['sales']);
    const ids = metrics.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(SALES_DEPARTMENT.metrics.map(({ id }) => id)));
    expect(ids).toContain('pair_lift');
  });

  it('shows the report’s metrics to reports, nothing to pii:read, all to operators', async () => {
    const keyed = async (...scopes: string[]) => namesOf(await shop.key(...scopes));
    const all = await namesOf(shop.adminKey);
    expect(await keyed('pipelines:run')).toEqual(all);
    expect(await keyed('pii:read')).toEqual([]);
    const { metrics } = await get<{ metrics: { department: string; id: string }[] }>(
      '/api/v1/catalog/metrics',
      await shop.key('reports:read'),
    );
    expect(metrics).toContainEqual(expect.objectContaining({ department: 'sales', id: 'orders' }));
    expect(metrics.map(({ id }) => id)).not.toContain('cancelled_orders');
  });

  it('says the same by GraphQL, and lineage as nodes and edges', async () => {
    const query = `{
      catalogModels { name kind pii upstream freshness { state asOf held }
        columns { name } checks { name severity } quality { accuracy } }
      catalogModel(name: "gold.sales_15m") { name grain metrics { department metric } }
      catalogLineage { nodes { name kind } edges { from to } metrics { metric models } }
      catalogMetrics { id unit isSummarised models }
    }`;
    const { body, text } = await postGraphql(shop, shop.readKey, query);
    if (body.errors || !body.data) throw new Error(text);
    const models = body.data['catalogModels'] as { name: string }[];
    expect(models.map(({ name }) => name)).toEqual(await namesOf(shop.readKey));
    const lineage = await get<Lineage>('/api/v1/catalog/lineage', shop.readKey);
    const shown = body.data['catalogLineage'] as Lineage;
    expect(shown.edges).toEqual(lineage.edges);
    expect(lineage.edges).toContainEqual({ from: 'silver.orders', to: 'gold.fct_sales' });
    expect(lineage.metrics).toContainEqual({
      ...{ department: 'sales', metric: 'total_sales' },
      models: ['gold.sales_15m'],
    });
  });
});

const explainPath = (given: Record<string, string>) =>
  `/api/v1/explain?${new URLSearchParams({ ...RANGE, ...given })}`;
const explain = (given: Record<string, string>, key = shop.adminKey) =>
  get<Explanation>(explainPath(given), key);

/** Runs the SQL as an analyst would, and rounds as every surface does. */
async function byHand({ query, metric }: Explanation, currency = 'USD') {
  const row = await shop.platform.warehouse.queryOne<Record<string, EngineValue>>(
    'reader',
    query.sql,
    query.parameters,
  );
  return toMetricValue(row[metric.id], metric.unit, currency);
}

describe('a number explained', () => {
  it.each([
    ...SALES_DEPARTMENT.metrics.map(({ id }) => ['sales', id] as const),
    ...BEHAVIOUR_DEPARTMENT.metrics.slice(0, 4).map(({ id }) => ['behaviour', id] as const),
    ['customers', 'customers'] as const,
    ['sentiment', 'backlog'] as const,
  ])('%s: the SQL of %s run by hand gives what the API says', async (department, metric) => {
    const explanation = await explain({ metric, department });
    const query = new URLSearchParams({ ...RANGE, metrics: metric });
    const summary = await get<Record<string, SummaryValue>>(
      `/api/v1/${department}/summary?${query}`,
      shop.adminKey,
    );
    expect(explanation.metric).toMatchObject({ id: metric, department });
    expect(explanation.value).toEqual(summary[metric]!.value);
    expect(await byHand(explanation)).toEqual(explanation.value);
  });

  it('has the SQL with filters, timezone and currency bound as parameters', async () => {
    const odd = `DE', 'x') or 1 --`;
    const given = { metric: 'gross_sales', timezone: 'Europe/Vienna', 'filter[product]': 'p1' };
    const one = await explain(given);
    expect(one.value).toBe('65.00');
    expect(one.query).toMatchObject({
      model: 'gold.product_15m',
      parameters: { currency: 'USD', from: '2026-02-28 23:00:00.000', filter_0: ['p1'] },
    });
    expect(await byHand(one)).toBe('65.00');
    const other = await explain({ metric: 'gross_sales', 'filter[country]': odd });
    expect(other.query.sql).not.toContain('1 --');
    expect(other.value).toBe('0.00');
  });

  it('names the whole ancestry, the versions published and the run that published them', async () => {
    const run = await shop.run('streaming');
    const { models, published } = await explain({ metric: 'gross_sales' });
    const names = models.map(({ name }) => name);
    expect(names.at(-1)).toBe('gold.sales_15m');
    expect(names).toEqual(
      expect.arrayContaining([
        'bronze.events',
        'bronze.records',
        'silver.orders',
        'gold.fct_sales',
      ]),
    );
    expect(models.find(({ name }) => name === 'gold.sales_15m')).toMatchObject({
      ...{ kind: 'partition', state: 'ok', as_of: expect.any(String) },
      definition: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
    const own = published.versions.filter(({ model }) => model === 'gold.sales_15m');
    const days = own.map(({ partition }) => partition).sort();
    expect(days).toEqual(['2026-03-10', '2026-03-12', '2026-03-15', '2026-03-16']);
    const [first] = published.runs;
    expect(published.runs.map(({ id }) => id)).toContain(own[0]!.run_id);
    expect(first).toMatchObject({ target: 'streaming', trigger: 'request', status: 'published' });
    expect(published.runs.map(({ id }) => id)).not.toContain(run.id);
  });

  it('finds the ticks of an hour under the one record that they fold into', async () => {
    const { dataSource } = shop.platform.controlDb;
    const [tick] = await dataSource.query<{ id: string }[]>(
      `insert into pipeline_runs
         (id, target, trigger, status, epoch, ticks, models, started_at)
       values (gen_random_uuid(), 'streaming', 'schedule', 'published', 1, 2, '{}',
         '2026-03-20T10:00:05Z')
       returning id`,
    );
    await dataSource.query(
      `update publish_log
       set run_id = gen_random_uuid(), changed_at = '2026-03-20T10:40:00Z'
       where model = 'gold.sales_15m' and partition = '2026-03-16'`,
    );
    const { published } = await explain({ metric: 'gross_sales' });
    const version = published.versions.find(
      ({ model, partition }) => model === 'gold.sales_15m' && partition === '2026-03-16',
    );
    expect(version).toMatchObject({ run_id: tick!.id });
    expect(published.runs).toContainEqual(
      expect.objectContaining({ id: tick!.id, target: 'streaming', trigger: 'schedule' }),
    );
  });

  it('counts what arrived, by source and load, and what was left out', async () => {
    const { arrivals, left_out: leftOut, cut } = await explain({ metric: 'gross_sales' });
    expect(arrivals.events).toEqual([
      {
        ...{ source: 'web', events: 4 },
        ...{ first_arrival: expect.any(String), last_arrival: expect.any(String) },
      },
    ]);
    expect(arrivals.records).toMatchObject([
      {
        ...{ kind: 'file', file_name: 'orders.csv', entity: 'orders', source: 'till' },
        ...{ records: 2, status: 'done', requested_by: expect.stringMatching(/^test-/) },
      },
      // A load that is no longer on record.
      { ...{ kind: null, file_name: null, source: 'shop', entity: 'orders', records: 1 } },
    ]);
    expect(leftOut.orders).toEqual({ test_orders: 1, deleted_orders: 1 });
    expect(leftOut.quarantined).toContainEqual({
      ...{ model: 'silver.order_events', check: 'not_null_gross', rows: 1 },
    });
    expect(cut).toEqual([]);
    const now = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    const today = await explain({ metric: 'gross_sales', to: now });
    expect(today.left_out.rejected_events).toMatchObject([
      { event: 'Order Completed', events: 1, open: 1 },
    ]);
    const january = await explain({ metric: 'orders', from: '2026-01-01', to: '2026-02-01' });
    expect(january.value).toBe(1);
    expect(january.left_out).toMatchObject({
      ...{ quarantined: [], rejected_events: [], orders: { test_orders: 0 } },
    });
  });

  it('says what it shortened', async () => {
    await shop.platform.controlDb.dataSource.query(
      `insert into publish_log (model, partition, version, status, run_id, epoch, changed_at)
       select 'gold.sales_15m', day::date::text, 1, 'published', gen_random_uuid(), 1, day
       from generate_series('2024-05-01'::timestamptz, '2024-05-12', '1 day') as day`,
    );
    const { models, published, cut } = await explain({
      ...{ metric: 'orders', from: '2024-05-01', to: '2024-06-01' },
    });
    const own = published.versions.filter(({ model }) => model === 'gold.sales_15m');
    expect(own).toHaveLength(10);
    expect(own.at(-1)).toMatchObject({ partition: '2024-05-03' });
    expect(models.at(-1)).toMatchObject({ name: 'gold.sales_15m', partitions: 12 });
    expect(cut).toEqual(['gold.sales_15m: the newest 10 of 12 published partitions.']);
  });

  it('shows no row: neither an order, nor a visitor, nor a customer', async () => {
    const text = await (await shop.get(explainPath({ metric: 'customers' }), shop.adminKey)).text();
    expect(text).not.toMatch(/visitor-\w|user-1|order-\d|f-1|message_id":/);
  });

  it('is for those who may read the department of the metric', async () => {
    const sentiment = await shop.key('sentiment:read');
    expect(await codeOf(explainPath({ metric: 'gross_sales' }), sentiment)).toBe('forbidden');
    const operators = await shop.key('pipelines:run');
    expect(await codeOf(explainPath({ metric: 'gross_sales' }), operators)).toBe('forbidden');
    // Both sales and customers have it: a key gets the one that it may read.
    const customers = await explain({ metric: 'customers' }, await shop.key('customers:read'));
    expect(customers.metric.department).toBe('customers');
    const sales = await explain({ metric: 'customers' }, shop.readKey);
    expect(sales.metric.department).toBe('sales');
    const asked = explainPath({ metric: 'customers', department: 'customers' });
    expect(await codeOf(asked, shop.readKey)).toBe('forbidden');
  });

  it.each([
    [{ metric: 'pair_lift' }, 'unknown_metric'],
    [{ metric: 'no such' }, 'unknown_metric'],
    [{ metric: 'orders', department: 'kitchen' }, 'unknown_metric'],
    [{ metric: 'orders', 'filter[shoe]': 'x' }, 'unknown_dimension'],
    [{ metric: 'orders', granularity: 'day' }, 'unknown_parameter'],
    [{ metric: 'orders', from: 'yesterday' }, 'invalid_range'],
    [{ from: '2026-03-01' }, 'invalid_parameter'],
  ])('refuses %j with %s', async (given, code) => {
    const response = await shop.get(explainPath(given as Record<string, string>), shop.readKey);
    expect(((await response.json()) as { code: string }).code).toBe(code);
  });

  it('is the same by GraphQL', async () => {
    const { query, ...rest } = await explain({
      metric: 'gross_sales',
      'filter[country]': 'unknown',
    });
    const asked = `{ explain(metric: "gross_sales", from: "${RANGE.from}", to: "${RANGE.to}",
        filter: [{ dimension: "country", values: ["unknown"] }]) {
      metric { id version unit formula } value query { model sql parameters { name value } }
      models { name definition partitions } published { versions { version runId } runs { id } }
      arrivals { events { source events } records { loadId fileName records } }
      leftOut { quarantined { model rows } rejectedEvents { event open } orders { testOrders } }
      cut meta { completeness } } }`;
    const { body, text } = await postGraphql(shop, shop.readKey, asked);
    if (body.errors || !body.data) throw new Error(text);
    const answer = body.data['explain'] as Record<string, unknown>;
    expect(answer).toMatchObject({
      value: rest.value,
      metric: { id: 'gross_sales', unit: 'MONEY' },
      models: rest.models.map(({ name, definition, partitions }) => ({
        ...{ name, definition, partitions },
      })),
      leftOut: { orders: { testOrders: 1 } },
    });
    expect(answer['query']).toEqual({
      ...{ model: query.model, sql: query.sql },
      parameters: Object.entries(query.parameters).map(([name, value]) => ({
        ...{ name, value: JSON.stringify(value) },
      })),
    });
  });

  it('is printed legibly by the command', async () => {
    const dates = ['--from', RANGE.from, '--to', RANGE.to];
    const { code, stdout, stderr } = await cartograph([
      ...['explain', 'gross_sales', ...dates, '--filter', 'product=p1'],
      ...['--data-dir', shop.platform.config.dataDir],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Gross sales: 65\.00$/m);
    expect(stdout).toContain('2026-03-01T00:00:00Z to 2026-04-01T00:00:00Z, UTC, USD');
    expect(stdout).toMatch(/^complete as of 20/m);
    expect(stdout).toContain('filter_0 = ["p1"]');
    expect(stdout).toMatch(/^gold\.product_15m +partition +ok /m);
    expect(stdout).toMatch(/^test orders +1$/m);
    expect(stdout).toMatch(/ orders\.csv /);
  });
});

it('a model that is held says why, and so does what reads it', async () => {
  const reason = 'The check unique_order_id failed for 2 rows.';
  await shop.app.get(Runner).state.stop('silver.orders', 'held', reason);
  const models = await modelsOf(shop.readKey);
  const freshnessOf = (name: string) => models.find((model) => model.name === name)!.freshness;
  expect(freshnessOf('silver.orders')).toMatchObject({ state: 'held', reason });
  expect(freshnessOf('gold.fct_sales')).toMatchObject({
    ...{ state: 'held', reason: 'Held: silver.orders.', held: ['silver.orders'] },
  });
  expect(freshnessOf('silver.events')).toMatchObject({ state: 'ok', held: [] });
  const { models: explained } = await explain({ metric: 'gross_sales' });
  expect(explained.find(({ name }) => name === 'silver.orders')).toMatchObject({ state: 'held' });
});
