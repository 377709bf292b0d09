/** Campaigns over HTTP against the hand's reckoning: what they cost, brought and are credited with. */
import type { Breakdown, MetricValue } from '../../../src/contracts/metric-contract.js';
import { CAMPAIGNS_DEPARTMENT } from '../../../src/modules/campaigns/campaigns.metrics.js';
import { csv, graphql, rest, sum, type Parameters, type Reply } from '../behaviour/client.js';
import { postGraphql } from '../sales/client.js';
import { openCampaignShop, RANGE, type CampaignShop } from './shop.js';

type Table = Record<string, Record<string, MetricValue>>;

let shop: CampaignShop;
beforeAll(async () => {
  shop = await openCampaignShop();
});

const ask = <T>(view: string, parameters: Parameters = {}) =>
  rest<T>(shop, `campaigns/${view}`, { ...RANGE, ...parameters });

/** Rows by their key. */
async function table(view: string, parameters: Parameters = {}): Promise<Table> {
  const { data } = await ask<Reply<Breakdown>>(view, parameters);
  return Object.fromEntries(data.rows.map(({ key, label: _, ...values }) => [key, values]));
}

async function totals(department: string, metrics: string): Promise<Record<string, MetricValue>> {
  const given = { ...RANGE, metrics, compare: 'none' };
  const { data } = await rest<Reply<Record<string, { value: MetricValue }>>>(
    shop,
    `${department}/summary`,
    given,
  );
  return Object.fromEntries(Object.entries(data).map(([id, { value }]) => [id, value]));
}

const COLUMNS = [
  ...['impressions', 'clicks', 'spend', 'ctr', 'cpc', 'sessions', 'engaged_sessions'],
  ...['bounce_rate', 'orders', 'revenue', 'conversion_rate', 'attributed_orders'],
  ...['attributed_revenue', 'attributed_refunds', 'attributed_net_revenue', 'new_customers'],
  ...['cpa', 'cac', 'roas'],
];
/** In US dollars; each in the order of COLUMNS. */
const BY_CAMPAIGN: Record<string, MetricValue[]> = {
  spring: [
    ...[2000, 80, '30.00', 0.04, '0.38', 2, 2, 0, 1, '20.00', 0.5],
    ...[2, '30.00', '0.00', '30.00', 1, '15.00', '30.00', 1],
  ],
  weekly: [
    ...[100, 5, '3.00', 0.05, '0.60', 2, 0, 1, 0, '0.00', 0],
    ...[1, '45.00', '9.00', '36.00', 1, '3.00', '3.00', 12],
  ],
  '777': [
    ...[500, 10, '6.00', 0.02, '0.60', 1, 1, 0, 0, '0.00', 1],
    ...[0, '0.00', '0.00', '0.00', 0, null, null, 0],
  ],
  ghost: [
    ...[200, 2, '1.50', 0.01, '0.75', 0, 0, null, 0, '0.00', null],
    ...[0, '0.00', '0.00', '0.00', 0, null, null, 0],
  ],
  none: [
    ...[0, 0, '0.00', null, null, 2, 2, 0, 2, '55.00', 1],
    ...[0, '0.00', '0.00', '0.00', 0, null, null, null],
  ],
  unknown: [
    ...[0, 0, '0.00', null, null, 0, 0, null, 1, '20.00', null],
    ...[1, '20.00', '0.00', '20.00', 1, '0.00', '0.00', null],
  ],
};
const EXPECTED: Table = Object.fromEntries(
  Object.entries(BY_CAMPAIGN).map(([key, values]) => [
    key,
    Object.fromEntries(COLUMNS.map((column, index) => [column, values[index]!])),
  ]),
);

describe('performance', () => {
  it('is what it is by hand, by REST, GraphQL and as CSV', async () => {
    const asked = { by: 'campaign', metrics: COLUMNS.join(',') };
    expect(await table('breakdown', asked)).toEqual(EXPECTED);
    const rows = await csv(shop, 'campaigns/breakdown', { ...RANGE, ...asked });
    const texts = Object.fromEntries(rows.map(({ key, label: _, ...values }) => [key, values]));
    const text = (value: MetricValue) => (value === null ? '' : String(value));
    const expected = Object.entries(EXPECTED).map(([key, values]) => [
      key,
      Object.fromEntries(Object.entries(values).map(([id, value]) => [id, text(value)])),
    ]);
    expect(texts).toEqual(Object.fromEntries(expected));
    const metrics = `[${COLUMNS.map((id) => id.toUpperCase()).join(', ')}]`;
    const answer = await graphql<{ rows: GraphqlRow[] }>(
      shop,
      'campaignBreakdown',
      `by: CAMPAIGN, metrics: ${metrics}`,
      '{ rows { key values { metric value } } }',
      RANGE,
    );
    expect(fromGraphql(answer.rows)).toEqual(EXPECTED);
  });

  it('sums to what behaviour and sales say', async () => {
    const ours = await totals(
      'campaigns',
      'sessions,bounce_rate,conversion_rate,orders,attributed_net_revenue,attributed_orders',
    );
    const visits = await totals('behaviour', 'sessions,bounce_rate,conversion_rate');
    const sales = await totals('sales', 'orders,net_sales');
    expect(ours).toEqual({
      ...visits,
      orders: sales['orders'],
      attributed_orders: sales['orders'],
      attributed_net_revenue: sales['net_sales'],
    });
  });

  it('goes by source, medium, channel, content, landing page and coupon', async () => {
    const asked = { metrics: 'spend,sessions,attributed_net_revenue' };
    const row = (spend: string, sessions: number, net: string) => ({
      ...{ spend, sessions, attributed_net_revenue: net },
    });
    expect(await table('breakdown', { ...asked, by: 'utm_source' })).toEqual({
      google: row('30.00', 2, '30.00'),
      facebook: row('6.00', 1, '0.00'),
      mailer: row('3.00', 0, '0.00'),
      newsletter: row('0.00', 2, '36.00'),
      none: row('0.00', 2, '0.00'),
      unknown: row('1.50', 0, '20.00'),
    });
    expect(await table('breakdown', { ...asked, by: 'channel' })).toEqual({
      paid_search: row('30.00', 2, '30.00'),
      paid_social: row('6.00', 1, '0.00'),
      email: row('0.00', 2, '36.00'),
      direct: row('0.00', 2, '0.00'),
      unknown: row('4.50', 0, '20.00'),
    });
    expect(await table('breakdown', { by: 'matched', metrics: 'spend' })).toEqual({
      'campaign name': { spend: '30.00' },
      'campaign id': { spend: '6.00' },
      'other source or medium': { spend: '3.00' },
      none: { spend: '1.50' },
      'no spend': { spend: '0.00' },
    });
    const pages = { by: 'landing_page', metrics: 'sessions,attributed_orders,conversion_rate' };
    const page = (sessions: number, orders: number, rate: number | null) => ({
      ...{ sessions, attributed_orders: orders, conversion_rate: rate },
    });
    expect(await table('breakdown', pages)).toEqual({
      '/c/lamps': page(2, 2, 0.5),
      '/c/mugs': page(1, 0, 1),
      '/news': page(2, 1, 0),
      '/': page(2, 0, 1),
      unknown: page(0, 1, null),
    });
    expect(await table('breakdown', { by: 'coupon' })).toEqual({
      WELCOME: { orders: 1, revenue: '45.00' },
      none: { orders: 3, revenue: '50.00' },
    });
  });

  it('keeps currencies apart, and says what it leaves out', async () => {
    const asked = { by: 'campaign', metrics: 'spend,orders,revenue', currency: 'EUR' };
    const { data, meta } = await ask<Reply<Breakdown>>('breakdown', asked);
    const rows = data.rows.filter((row) => row['spend'] !== '0.00' || row['orders'] !== 0);
    expect(rows.map(({ label: _, ...row }) => row)).toEqual([
      { key: 'spring', spend: '4.00', orders: 0, revenue: '0.00' },
      { key: '777', spend: '0.00', orders: 1, revenue: '30.00' },
    ]);
    expect([meta.currency, meta.completeness]).toEqual(['EUR', 'partial']);
  });

  it('finds spend on its day in every timezone', async () => {
    for (const timezone of ['Pacific/Honolulu', 'UTC', 'Pacific/Auckland']) {
      const asked = { metrics: 'spend', timezone };
      const { data } = await ask<Reply<{ points: Record<string, string>[] }>>('series', asked);
      const spent = data.points.filter(({ spend }) => spend !== '0.00');
      expect(spent.map(({ at, spend }) => [at!.slice(0, 10), spend])).toEqual([
        ['2026-01-10', '20.00'],
        ['2026-01-12', '10.00'],
        ['2026-01-14', '6.00'],
        ['2026-01-15', '3.00'],
        ['2026-01-16', '1.50'],
      ]);
    }
  });
});

interface GraphqlRow {
  key: string;
  values: { metric: string; value: MetricValue }[];
}
const fromGraphql = (rows: GraphqlRow[]): Table =>
  Object.fromEntries(
    rows.map(({ key, values }) => [
      key,
      Object.fromEntries(values.map(({ metric, value }) => [metric.toLowerCase(), value])),
    ]),
  );

/** Net revenue by campaign, in the order of MODELS. */
const MODELS = ['first', 'last', 'last_non_direct', 'linear', 'position_based', 'time_decay'];
const NET: Record<string, string[]> = {
  spring: ['66.00', '20.00', '30.00', '37.00', '39.40', '28.49'],
  weekly: ['0.00', '0.00', '36.00', '12.00', '7.20', '12.65'],
  none: ['0.00', '46.00', '0.00', '17.00', '19.40', '24.86'],
  unknown: ['20.00', '20.00', '20.00', '20.00', '20.00', '20.00'],
  '777': Array<string>(6).fill('0.00'),
  ghost: Array<string>(6).fill('0.00'),
};

describe('attribution', () => {
  const netOf = (rows: Table, id: (model: string) => string) =>
    Object.fromEntries(
      Object.entries(rows).map(([key, row]) => [key, MODELS.map((model) => row[id(model)])]),
    );

  it('is by all models side by side what it is by hand, each the whole', async () => {
    const rows = await table('models');
    expect(netOf(rows, (model) => `net_revenue_${model}`)).toEqual(NET);
    for (const model of MODELS) {
      const parts = Object.values(rows).map((row) => row[`net_revenue_${model}`]);
      expect(sum(parts)).toBeCloseTo(86, 10);
    }
    const answer = await graphql<{ rows: GraphqlRow[] }>(
      shop,
      'campaignModels',
      'by: CAMPAIGN',
      '{ rows { key values { metric value } } }',
      RANGE,
    );
    expect(fromGraphql(answer.rows)).toEqual(rows);
  });

  it('is by each model what stands there, and reckoned anew what stands', async () => {
    for (const model of MODELS) {
      const standing = await table('attribution', { model });
      const nets = Object.entries(standing).map(([key, row]) => [key, row['credited_net_revenue']]);
      const index = MODELS.indexOf(model);
      const expected = Object.entries(NET).map(([key, values]) => [key, values[index]]);
      expect(Object.fromEntries(nets)).toEqual(Object.fromEntries(expected));
      expect(await table('attribution', { model, lookback: '30d' })).toEqual(standing);
      const args = `model: ${model.toUpperCase()}, by: CAMPAIGN`;
      const selection = '{ rows { key values { metric value } } }';
      const answer = await graphql<{ rows: GraphqlRow[] }>(
        shop,
        'campaignAttribution',
        args,
        selection,
        RANGE,
      );
      expect(fromGraphql(answer.rows)).toEqual(standing);
    }
    expect((await table('attribution'))['spring']).toEqual({
      ...{ credited_net_revenue: '30.00', credited_revenue: '30.00', credited_refunds: '0.00' },
      ...{ credited_orders: 2, spend: '30.00', credited_roas: 1 },
    });
  });

  it('looks back as far as it is told', async () => {
    const netIn = async (lookback: string) =>
      netOf(await table('models', { lookback }), (model) => `net_revenue_${model}`);
    // Of A the newsletter three days before, of C nothing but its own session.
    expect(await netIn('5d')).toMatchObject({
      spring: ['20.00', '20.00', '20.00', '20.00', '20.00', '20.00'],
      weekly: ['36.00', '0.00', '36.00', '18.00', '18.00', expect.any(String)],
      none: ['10.00', '46.00', '10.00', '28.00', '28.00', expect.any(String)],
    });
    expect(await netIn('1h')).toMatchObject({
      weekly: Array<string>(6).fill('0.00'),
      none: Array<string>(6).fill('46.00'),
    });
  });

  it('shows the touches behind an order, with their weights and without who it was', async () => {
    const { data } = await ask<Reply<{ rows: Record<string, unknown>[] }>>('touchpoints', {
      order_id: 'A',
    });
    expect(data.rows).toMatchObject([
      {
        ...{ position: 1, touched_at: '2026-01-10T10:00:00.000Z', channel: 'paid_search' },
        ...{ utm_source: 'google', medium: 'cpc', campaign: 'Spring', landing_page: '/c/lamps' },
        weights: { first: 1, last: 0, last_non_direct: 0, linear: 0.333333, position_based: 0.4 },
      },
      { position: 2, campaign: 'weekly', weights: { last_non_direct: 1, position_based: 0.2 } },
      { position: 3, campaign: 'none', weights: { last: 1, time_decay: 0.472926 } },
    ]);
    expect(JSON.stringify(data)).not.toMatch(/"(v1|ann)"/);
    const query = `{ campaignTouchpoints(orderId: "A") { rows { position campaign
      weights { model weight } } } }`;
    const { body } = await postGraphql(shop, shop.readKey, query);
    expect(body.data!['campaignTouchpoints']).toMatchObject({
      rows: [{ position: 1, campaign: 'Spring' }, { position: 2 }, { position: 3 }],
    });
    const unknown = await ask<Reply<{ rows: unknown[] }>>('touchpoints', { order_id: 'nope' });
    expect(unknown.data.rows).toEqual([]);
  });

  it('shows what of spend and sessions did not meet', async () => {
    const { data } = await ask<Reply<{ rows: Record<string, unknown>[] }>>('unmatched');
    expect(data.rows.map(({ key: _, label: __, ...row }) => Object.values(row))).toEqual([
      ['spend', 'weekly', 'mailer', 'email', 'other source or medium', '3.00', 5, 0],
      ['spend', 'ghost', 'unknown', 'unknown', 'none', '1.50', 2, 0],
      ['sessions', 'weekly', 'newsletter', 'email', 'no spend', '0.00', 0, 2],
    ]);
    const selection = '{ rows { foundIn campaign spend sessions } }';
    const answer = await graphql(shop, 'campaignUnmatched', 'limit: 1', selection, RANGE);
    expect(answer).toEqual({
      rows: [{ foundIn: 'spend', campaign: 'weekly', spend: '3.00', sessions: 0 }],
    });
  });
});

describe('what is refused', () => {
  it.each<[path: string, code: string, status?: number]>([
    ['attribution?model=best', 'invalid_parameter'],
    ['attribution?lookback=0d', 'invalid_parameter'],
    ['attribution?lookback=366d', 'invalid_parameter'],
    ['attribution?lookback=30', 'invalid_parameter'],
    ['attribution?lookback=1d&lookback=2d', 'invalid_parameter'],
    ['attribution?lookback=1d&limit=0', 'invalid_parameter'],
    ['attribution?by=landing_page', 'unknown_dimension'],
    ['models?by=coupon', 'unknown_dimension'],
    ['models?model=first', 'unknown_parameter'],
    ['touchpoints', 'invalid_parameter'],
    ['touchpoints?order_id=', 'invalid_parameter'],
    ['unmatched?limit=x', 'invalid_parameter'],
    ['breakdown', 'invalid_parameter'],
    ['breakdown?by=landing_page&metrics=spend', 'dimension_not_allowed'],
    ['breakdown?by=coupon&metrics=sessions', 'dimension_not_allowed'],
    ['summary?currency=CHF', 'currency_without_rate', 422],
  ])('%s: %s', async (path, code, status = 400) => {
    const response = await shop.get(`/api/v1/campaigns/${path}`, shop.readKey);
    expect([response.status, await response.json()]).toMatchObject([status, { code }]);
  });

  it('a key without campaigns:read, at every view and field', async () => {
    const key = await shop.key('sales:read', 'behaviour:read');
    const views = ['summary', 'series', 'breakdown?by=campaign', 'attribution', 'models'];
    for (const view of [...views, 'touchpoints?order_id=A', 'unmatched']) {
      expect((await shop.get(`/api/v1/campaigns/${view}`, key)).status).toBe(403);
    }
    const query = '{ campaignTouchpoints(orderId: "A") { rows { position } } }';
    const { body } = await postGraphql(shop, key, query);
    expect(body.errors?.[0]?.extensions.code).toBe('forbidden');
  });
});

it('defines every metric that it answers by hand', () => {
  const more = ['engaged_rate', 'platform_conversions'];
  const ids = CAMPAIGNS_DEPARTMENT.metrics.map(({ id }) => id);
  expect(ids.sort()).toEqual([...COLUMNS, ...more].sort());
});
