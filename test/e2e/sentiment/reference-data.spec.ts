/** Public reviews, tickets and rated tweets: the shipped mappings and the scorer, by known figures. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MetricValue } from '../../../src/contracts/metric-contract.js';
import { startTestService, type TestService } from '../../support/service.js';
import { counts, LoadClient } from '../sources/load-client.js';

const datasets = process.env['CARTOGRAPH_DATASETS'];
// One of the skips that REQUIRE_ALL=1 allows: the files are no part of the repository.
if (!datasets) process.stderr.write('SKIPPED sentiment data: CARTOGRAPH_DATASETS is not set\n');

const LOAD_MS_MAX = 600_000;

(datasets ? describe : describe.skip)('public feedback', () => {
  let service: TestService;
  let readKey: string;

  async function load(name: string, file: string) {
    const client = new LoadClient(service, await service.key('pipelines:run'));
    const mapping = readFileSync(new URL(`../../../mappings/${name}.yml`, import.meta.url), 'utf8');
    const content = readFileSync(join(datasets!, name, file));
    return client.load({ entity: 'feedback', name: file, mapping, content }, LOAD_MS_MAX);
  }

  beforeAll(async () => {
    service = await startTestService();
    readKey = await service.key('sentiment:read');
    const reviews = await load('womens_clothing_reviews', 'reviews.csv.gz');
    expect(reviews.counts).toEqual(counts({ loaded: 23_486 }));
    const tickets = await load('support_tickets', 'customer_support_tickets.csv.gz');
    expect(tickets.counts).toEqual(counts({ loaded: 8_469 }));
    expect(await service.run()).toMatchObject({ status: 'published', error: null });
  }, 2 * LOAD_MS_MAX);

  async function ask(view: string, source: string): Promise<Record<string, MetricValue>[]> {
    const path = `/api/v1/sentiment/${view}&from=2020-01-01&limit=50&filter[source]=${source}`;
    const response = await service.get(path, readKey);
    const text = await response.text();
    if (response.status !== 200) throw new Error(text);
    return (JSON.parse(text) as { data: { rows: Record<string, MetricValue>[] } }).data.rows;
  }

  async function feedbackBy(by: string, source: string): Promise<Record<string, MetricValue>> {
    const rows = await ask(`breakdown?by=${by}&metrics=feedback`, source);
    return Object.fromEntries(rows.map((row) => [row['key'], row['feedback']!]));
  }

  it('has the reviews’ ratings, recommendations, and how many have no text', async () => {
    const source = 'womens_clothing_reviews';
    expect(await feedbackBy('status', source)).toEqual({
      recommended: 19_314,
      not_recommended: 4_172,
    });
    expect(await feedbackBy('rating', source)).toEqual({
      ...{ '5': 13_131, '4': 5_077, '3': 2_871, '2': 1_565, '1': 842 },
    });
    const [all] = await ask('breakdown?by=kind&metrics=feedback,texts,ratings,mean_rating', source);
    expect(all).toMatchObject({ feedback: 23_486, texts: 23_486 - 845, ratings: 23_486 });
    expect(all!['mean_rating']).toBeCloseTo(4.196, 3);
  });

  it('finds the same in what reviews say as in how they rate', async () => {
    const rows = await ask(
      'breakdown?by=rating&metrics=mean_sentiment,negative_share',
      'womens_clothing_reviews',
    );
    const means = new Map(rows.map((row) => [row['key'], Number(row['mean_sentiment'])]));
    const byStars = ['1', '2', '3', '4', '5'].map((stars) => means.get(stars)!);
    expect(byStars).toEqual([...byStars].sort((a, b) => a - b));
  });

  it('has the tickets’ subjects, states and ratings', async () => {
    const source = 'support_tickets';
    const topics = await feedbackBy('topic', source);
    expect(topics).toMatchObject({
      'refund request': 576,
      'software bug': 574,
      'product compatibility': 567,
      'delivery problem': 561,
      'hardware issue': 547,
    });
    expect(await feedbackBy('status', source)).toEqual({
      ...{ pending: 2_881, open: 2_819, closed: 2_769 },
    });
    const { none: _, ...ratings } = await feedbackBy('rating', source);
    expect(ratings).toEqual({ '5': 544, '4': 543, '3': 580, '2': 549, '1': 553 });
    const [csat] = await ask('breakdown?by=kind&metrics=csat,csat_low,csat_high', source);
    expect(csat!['csat']).toBeCloseTo((544 + 543) / 2_769, 6);
  });

  it('keeps no name and no address of a customer', async () => {
    const found = await service.platform.warehouse.queryOne<Record<string, string>>(
      'reader',
      `select
         countIf(match(JSONExtractString(payload, 'text'), '[\\w.]+@[\\w-]+[.][a-z]{2,}')) as addresses,
         countIf(payload like '%Marisa Obrien%') as names,
         countIf(JSONExtractString(payload, 'customer_id') like 'eml\\_%') as customers
       from bronze.records where source = 'support_tickets'`,
    );
    expect(found).toEqual({ addresses: '0', names: '0', customers: '8469' });
  });
});

const run = promisify(execFile);

(datasets ? it : it.skip)('agrees with people on 4,200 tweets, as the command says', async () => {
  const file = join(datasets!, 'vader_tweets/tweets_GroundTruth.txt');
  const { stdout } = await run(process.execPath, [
    ...['bin/cartograph.cjs', 'sentiment', 'evaluate', file, '--json'],
  ]);
  const result = JSON.parse(stdout) as { n: number; pearson_r: number };
  expect(result.n).toBe(4_200);
  expect(result.pearson_r).toBeGreaterThan(0.87);
});
