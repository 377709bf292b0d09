/** Sentiment by REST, GraphQL and CSV, by hand; texts, scoring, privacy, and what is refused. */
import { parse } from 'csv-parse/sync';
import type { AnswerMeta, MetricValue } from '../../../src/contracts/metric-contract.js';
import { byMetric, enumList, postGraphql } from '../sales/client.js';
import { openFeedback, SECRETS, type Shop } from './feedback.js';

const RANGE = { from: '2026-03-01', to: '2026-04-01' };

let shop: Shop;
beforeAll(async () => {
  shop = await openFeedback();
});

type Parameters = Record<string, string | number>;
interface Reply {
  data: {
    rows: Record<string, MetricValue>[];
    points: Record<string, MetricValue>[];
    cursor: string | null;
  };
  meta: AnswerMeta;
}

const address = (view: string, parameters: Parameters) =>
  `/api/v1/sentiment/${view}?${new URLSearchParams(
    Object.entries({ ...RANGE, ...parameters }).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]),
  )}`;

async function rest(view: string, parameters: Parameters = {}): Promise<Reply> {
  const response = await shop.get(address(view, parameters), shop.readKey);
  const text = await response.text();
  expect([view, response.status, response.status === 200 ? '' : text]).toEqual([view, 200, '']);
  return JSON.parse(text) as Reply;
}

async function csv(view: string, parameters: Parameters) {
  const response = await shop.get(address(view, { ...parameters, format: 'csv' }), shop.readKey);
  return parse(await response.text(), { columns: true }) as Record<string, string>[];
}

async function graphql<T>(query: string): Promise<T> {
  const { body, text } = await postGraphql(shop, shop.readKey, query);
  if (body.errors || !body.data) throw new Error(text);
  return Object.values(body.data)[0] as T;
}

async function summaryOf(metrics: readonly string[], parameters: Parameters = {}) {
  const { data } = await rest('summary', { metrics: metrics.join(','), ...parameters });
  const values = Object.entries(data as unknown as Record<string, { value: MetricValue }>);
  return Object.fromEntries(values.map(([id, { value }]) => [id, value]));
}

/** Of March. Scored are r1, r2, r5 and t1 (broken, −.4767); p90 lies between values. */
const MARCH: Record<string, MetricValue> = {
  feedback: 14,
  texts: 5,
  scored: 4,
  mean_sentiment: -0.280225, // (.4404 − .5423 − .5423 − .4767) / 4
  positive_share: 0.25,
  negative_share: 0.75,
  ratings: 7,
  mean_rating: 3.714286, // 5 + 1 + 4 + 5 + 2 + 4 + 5 = 26
  tickets_opened: 3,
  tickets_answered: 3,
  tickets_resolved: 2,
  first_response_median: 1200,
  first_response_p90: 3120, // 1200 + .8 × 2400
  resolution_median: 46_800,
  resolution_p90: 78_480, // 7200 + .9 × 79200
  csat: 0.75,
  // Wilson's bounds of 3 of 4 with z = 1.96: (.75 + .48023 ∓ 1.95996 √(.046875 + .060036)) / 1.96046.
  csat_low: 0.300642,
  csat_high: 0.954413,
  nps: 25, // 2 of 4 promote, 1 detracts
  nps_low: -56.26, // 25 ∓ 195.9964 √((.75 − .0625) / 4)
  nps_high: 100,
};
const IDS = Object.keys(MARCH);

describe('summary', () => {
  it('has the numbers reckoned by hand', async () => {
    expect(await summaryOf(IDS)).toEqual(MARCH);
  });

  it('is the same by GraphQL and as CSV', async () => {
    const answer = await graphql<{ data: { metric: string; value: MetricValue }[] }>(
      `{ sentimentSummary(from: "2026-03-01", to: "2026-04-01", metrics: ${enumList(IDS)}) { data { metric value } } }`,
    );
    expect(byMetric(answer.data)).toEqual(MARCH);
    const rows = await csv('summary', { metrics: IDS.join(',') });
    expect(Object.fromEntries(rows.map((row) => [row['metric'], Number(row['value'])]))).toEqual(
      MARCH,
    );
  });

  it('has no ratio where there is nothing to divide by', async () => {
    const empty = await summaryOf(IDS, { from: '2025-03-01', to: '2025-04-01' });
    const counts = ['feedback', 'texts', 'scored', 'ratings'];
    for (const [id, value] of Object.entries(empty)) {
      const isCount = counts.includes(id) || id.startsWith('tickets_');
      expect([id, value]).toEqual([id, isCount ? 0 : null]);
    }
  });

  it('knows the backlog at the end of a range, however long a ticket has waited', async () => {
    const backlogAt = async (to: string, more: Parameters = {}) =>
      (await summaryOf(['backlog'], { from: '2026-02-01', to, ...more }))['backlog'];
    expect(await backlogAt('2026-02-10')).toBe(0);
    expect(await backlogAt('2026-02-11')).toBe(1);
    expect(await backlogAt('2026-03-03')).toBe(2);
    expect(await backlogAt('2026-03-04')).toBe(2);
    expect(await backlogAt('2026-03-04', { from: '2026-03-03' })).toBe(2);
    expect(await backlogAt('2026-03-04', { 'filter[product]': 'p2' })).toBe(2);
  });
});

describe('breakdown and series', () => {
  const byKey = async (by: string, metric: string, more: Parameters = {}) => {
    const { data } = await rest('breakdown', { by, metrics: metric, ...more });
    return Object.fromEntries(data.rows.map((row) => [row['key'], row[metric]]));
  };

  it.each<[string, Record<string, number>]>([
    ['kind', { review: 5, survey: 6, ticket: 3 }],
    ['source', { desk: 9, web: 5 }],
    ['channel', { email: 8, website: 5, phone: 1 }],
    ['product', { unknown: 6, p1: 4, p2: 4 }],
    ['category', { unknown: 6, Kitchen: 4, Light: 4 }],
    ['label', { unscored: 10, negative: 3, positive: 1 }],
    ['language', { none: 9, en: 3, de: 1, unknown: 1 }],
    ['status', { none: 11, closed: 2, pending: 1 }],
    ['rating', { none: 3, '4': 2, '5': 3, '1': 1, '2': 1, '3': 1, '7': 1, '9': 1, '10': 1 }],
    // The broken handle is of what its ticket says and of what its words say; so is r4.
    ['topic', { nps: 4, none: 4, delivery: 3, quality: 2, defect: 1, defects: 1, account: 1 }],
    ['segment', { none: 14 }],
  ])('by %s', async (by, expected) => {
    const more: Parameters = by === 'topic' ? { limit: 20 } : {};
    expect(await byKey(by, 'feedback', more)).toEqual(expected);
  });

  it('names products as they were told, and tells which are liked', async () => {
    const { data } = await rest('breakdown', {
      by: 'product',
      metrics: 'mean_sentiment,mean_rating',
    });
    expect(data.rows.find(({ key }) => key === 'p1')).toEqual({
      key: 'p1',
      label: 'Mug',
      mean_sentiment: -0.192867, // (.4404 − .5423 − .4767) / 3
      mean_rating: 3.25,
    });
  });

  it('a filter by several topics counts a feedback once, and parts sum to the whole', async () => {
    const filter = { 'filter[topic]': 'defect,defects,delivery' };
    expect((await summaryOf(['feedback'], filter))['feedback']).toBe(4);
    expect(await byKey('kind', 'feedback', filter)).toEqual({ ticket: 3, review: 1 });
  });

  it('over days, the same by GraphQL', async () => {
    const { data } = await rest('series', { metrics: 'feedback,mean_sentiment', to: '2026-03-05' });
    const points = data.points.map((point) => [point['feedback'], point['mean_sentiment']]);
    expect(points).toEqual([
      [0, null],
      [4, -0.192867],
      [3, null],
      [1, -0.5423],
    ]);
    const answer = await graphql<{ points: { values: { value: MetricValue }[] }[] }>(`
      {
        sentimentSeries(from: "2026-03-01", to: "2026-03-05", metrics: [FEEDBACK, MEAN_SENTIMENT]) {
          points {
            values {
              value
            }
          }
        }
      }
    `);
    expect(answer.points.map(({ values }) => values.map(({ value }) => value))).toEqual(points);
  });
});

describe('texts', () => {
  it('come with the words that made their score, the most extreme first, page by page', async () => {
    const first = await rest('texts', { limit: 2 });
    expect(first.data.rows.map(({ key, compound }) => [key, compound])).toEqual([
      ['event:web:r5', -0.5423],
      ['event:web:r2', -0.5423],
    ]);
    expect(first.data.rows[1]).toMatchObject({
      ...{ product: 'p1', product_name: 'Mug', sentiment: 'negative', rating: 1, language: 'en' },
      ...{ text: 'The quality is bad.', created_at: '2026-03-02T11:00:00Z' },
      ...{ drivers: [{ word: 'bad', weight: -2.5 }], topics: ['quality'] },
    });
    const next = await rest('texts', { limit: 2, cursor: first.data.cursor! });
    expect(next.data.rows.map(({ key }) => key)).toEqual(['file:desk:t1', 'event:web:r1']);
    expect(next.data.cursor).toBeNull();
  });

  it('by product, topic and label, and by GraphQL', async () => {
    const { data } = await rest('texts', { product: 'p1', label: 'positive' });
    expect(data.rows.map(({ key, customer_id: customer }) => [key, customer])).toEqual([
      ['event:web:r1', 'u1'],
    ]);
    expect((await rest('texts', { topic: 'delivery' })).data.rows).toHaveLength(1);
    const answer = await graphql<{ rows: object[] }>(`
      {
        sentimentTexts(
          from: "2026-03-01"
          to: "2026-04-01"
          filter: [
            { dimension: PRODUCT, values: ["p1"] }
            { dimension: LABEL, values: ["positive"] }
          ]
        ) {
          rows {
            key
            compound
            sentiment
            drivers {
              word
              weight
            }
          }
          cursor
        }
      }
    `);
    expect(answer).toEqual({
      rows: [
        {
          ...{ key: 'event:web:r1', compound: 0.4404, sentiment: 'positive' },
          drivers: [{ word: 'good', weight: 1.9 }],
        },
      ],
      cursor: null,
    });
  });
});

describe('score', () => {
  const score = (body: unknown, key = shop.readKey) =>
    fetch(`${shop.url}/api/v1/sentiment/score`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('scores as feedback is scored, masks what is personal and stores nothing', async () => {
    const rows = async () =>
      (await shop.platform.warehouse.queryOne<{ rows: string }>(
        'reader',
        'select (select count() from bronze.events) + (select count() from bronze.records) as rows',
      ))!.rows;
    const before = await rows();
    const texts = [`Great mug! ${Object.values(SECRETS).join('; ')}.`, 'Sehr schlechte Qualität.'];
    const answer = await score({ texts });
    expect(answer.status).toBe(200);
    const { data } = (await answer.json()) as { data: Record<string, unknown>[] };
    expect(data).toEqual([
      expect.objectContaining({
        text: 'Great mug! [email]; [phone]; [card]; [iban].',
        label: 'positive',
        drivers: [{ word: 'great', weight: 3.1 }],
      }),
      expect.objectContaining({ language: 'de', compound: null, label: 'unscored' }),
    ]);
    const byGraphql = await graphql<object[]>(
      `{ sentimentScore(texts: ${JSON.stringify(texts)}) {
        text language compound positive neutral negative label drivers { word weight } topics scorer } }`,
    );
    expect(byGraphql).toEqual(data);
    expect(await rows()).toBe(before);
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['no texts', { texts: [] }],
    ['one that is no text', { texts: ['a', 1] }],
    ['too many', { texts: Array.from({ length: 1_001 }, () => 'a') }],
    ['one that is too long', { texts: ['a'.repeat(20_001)] }],
    ['too much', { texts: Array.from({ length: 11 }, () => 'a'.repeat(20_000)) }],
    ['something else', { texts: ['a'], store: true }],
  ])('refuses %s', async (_, body) => {
    const answer = await score(body);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      400,
      'invalid_parameter',
    ]);
  });
});

describe('what is refused', () => {
  it.each([
    ['texts', { limit: 101 }, 'invalid_parameter'],
    ['texts', { cursor: 'x' }, 'invalid_parameter'],
    ['texts', { label: 'positive', 'filter[label]': 'negative' }, 'invalid_parameter'],
    ['texts', { metrics: 'feedback' }, 'unknown_parameter'],
    ['series', { metrics: 'backlog' }, 'invalid_parameter'],
    ['summary', { metrics: 'backlog,feedback' }, 'dimension_not_allowed'],
    ['summary', { metrics: 'gross_sales' }, 'unknown_metric'],
    ['breakdown', { by: 'text' }, 'unknown_dimension'],
    ['breakdown', {}, 'invalid_parameter'],
  ] as [string, Parameters, string][])('%s %j', async (view, parameters, code) => {
    const response = await shop.get(address(view, parameters), shop.readKey);
    expect(((await response.json()) as { code: string }).code).toBe(code);
    expect(response.status).toBe(400);
  });

  it('every other key', async () => {
    const key = await shop.key('sales:read', 'behaviour:read', 'customers:read', 'pipelines:run');
    for (const view of ['summary', 'series', 'breakdown?by=kind', 'texts']) {
      expect((await shop.get(`/api/v1/sentiment/${view}`, key)).status).toBe(403);
    }
    const fields = [
      'sentimentSummary { data { metric } }',
      'sentimentTexts { rows { text } }',
      'sentimentScore(texts: ["a"]) { text }',
    ];
    for (const field of fields) {
      const { text } = await postGraphql(shop, key, `{ ${field} }`);
      expect(text).toContain('"forbidden"');
    }
  });
});

it('nothing personal that people wrote is anywhere in the warehouse', async () => {
  const { warehouse } = shop.platform;
  const tables = await warehouse.query<{ name: string }>(
    'reader',
    `select concat(database, '.', name) as name from system.tables
     where database in ('bronze', 'silver', 'gold', 'operations') and name not like '%.inner%'`,
  );
  expect(tables.length).toBeGreaterThan(20);
  const found: string[] = [];
  for (const { name } of tables) {
    const rows = await warehouse.query<Record<string, unknown>>('reader', `select * from ${name}`);
    const text = JSON.stringify(rows);
    found.push(
      ...Object.values(SECRETS)
        .flatMap((secret) => [secret, secret.replaceAll(' ', '')])
        .filter((secret) => text.includes(secret))
        .map((secret) => `${name}: ${secret}`),
    );
    if (name === 'gold.fct_feedback')
      expect(text).toContain('my card is [card] and my account [iban]');
  }
  expect(found).toEqual([]);
});
