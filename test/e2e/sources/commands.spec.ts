/** extract, run and reconcile as processes: what they print, and the code with which they end. */
import type { ReconciliationView } from '../../../src/cli/reconcile.command.js';
import { createTestShop, type TestShop } from '../../support/shop.js';
import {
  cartograph,
  dataDirectory,
  spawnService,
  type Ended,
  type SpawnedService,
} from '../../support/spawned-service.js';
import { createTestDatabase } from '../../support/stores.js';
import { counts } from './extracting.js';

const RANGE = ['--from', '2026-03-02', '--to', '2026-03-04'];
const AT = '2026-03-02T09:00:00Z';
/** The third of March in Vienna. */
const LATE = '2026-03-02T23:30:00Z';

describe('with a shop database', () => {
  let shop: TestShop;
  let service: SpawnedService;
  const run = (...args: string[]) => cartograph([...args, '--data-dir', service.dataDir]);
  const json = ({ stdout }: Ended) => JSON.parse(stdout) as unknown;
  const countOrders = async () => {
    const answer = await service.request('GET', '/api/v1/pipelines/tables/gold.fct_orders/count');
    return ((await answer.json()) as { data: { count: number } }).data.count;
  };

  beforeAll(async () => {
    shop = await createTestShop();
    await shop.addUser('ann', { at: AT });
    await shop.addItem('mug', 10, AT);
    await shop.place('A', { at: AT, user: 'ann', lines: [{ quantity: 2 }, {}] });
    await shop.place('B', { at: LATE });
    service = await spawnService(dataDirectory(), {
      DATABASE_URL: await createTestDatabase(),
      SHOP_DATABASE_URL: shop.url,
      REPORTING_TIMEZONE: 'Europe/Vienna',
      SCHEDULES: 'off',
      LOG_LEVEL: 'error',
    });
  });

  it('extract reads what is new, and prints the counts', async () => {
    const first = await run('extract', '--json');
    expect({ ...first, counts: json(first) }).toMatchObject({
      ...{ code: 0, stderr: '' },
      counts: counts({ read: 5, loaded: 5 }),
    });
    const full = await run('extract', '--full', '--deletions');
    expect(full).toMatchObject({ code: 0, stdout: expect.stringMatching(/\b5\b.* unchanged/) });
  });

  it('run extracts before it runs all models', async () => {
    await shop.place('C', { at: LATE, updatedAt: new Date().toISOString() });
    expect(await run('run', '--json')).toMatchObject({ code: 0 });
    expect(await countOrders()).toBe(3);
  });

  it('reconcile ends with 0 when both sides agree, by day of the reporting timezone', async () => {
    const agreed = await run('reconcile', ...RANGE, '--json');
    expect(agreed).toMatchObject({ code: 0, stderr: '' });
    const { is_reconciled, days } = json(agreed) as ReconciliationView;
    expect(is_reconciled).toBe(true);
    expect(days).toMatchObject([
      { day: '2026-03-02', shop: { orders: 1, units: '3', gross: '30.00' } },
      { day: '2026-03-03', shop: { orders: 2, units: '2', gross: '20.00' } },
    ]);
    const inWords = await run('reconcile', ...RANGE);
    expect(inWords.code).toBe(0);
    expect(inWords.stdout).toMatch(/^2026-03-03 +oneshop +2 \/ 2 /m);
    expect(inWords.stdout).toContain('Both sides agree.\n');
  });

  it('reconcile ends with 2 when they differ', async () => {
    const updatedAt = new Date().toISOString();
    await shop.place('D', { at: AT, updatedAt, lines: [{ quantity: -1 }] });
    const differing = await run('reconcile', ...RANGE, '--json');
    expect(differing).toMatchObject({ code: 2, stderr: '' });
    const { status, is_reconciled, days } = json(differing) as ReconciliationView;
    expect({ status, is_reconciled }).toEqual({ status: 'done', is_reconciled: false });
    expect(days[0]!.differences).toMatchObject({ missing: 1, missing_ids: ['D'] });
    const inWords = await run('reconcile', ...RANGE);
    expect(inWords.code).toBe(2);
    expect(inWords.stdout).toContain('1 missing: D');
    expect(inWords.stdout).toContain('The sides differ.\n');
  });

  it('all three end with 1 and say why when the shop does not fit the mapping', async () => {
    await shop.rows('alter table users rename country to land');
    const failed = await Promise.all([
      run('extract'),
      run('extract', '--json'),
      run('run'),
      run('reconcile', ...RANGE),
    ]);
    await shop.rows('alter table users rename land to country');
    for (const { code, stdout, stderr } of failed) {
      expect({ code, told: `${stdout}${stderr}` }).toMatchObject({
        code: 1,
        told: expect.stringContaining('has no column country'),
      });
      expect(stderr).not.toMatch(/^\s+at /m);
    }
  });

  it('reconcile refuses a range in words', async () => {
    const refused = await run('reconcile', '--from', '2026-03-04', '--to', '2026-03-02');
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('invalid_range');
  });
});

describe('without a shop database', () => {
  it('extract and reconcile end with 1 and say so; run runs the models', async () => {
    const dataDir = dataDirectory();
    const environment = { DATABASE_URL: await createTestDatabase() };
    const run = (...args: string[]) =>
      cartograph([...args, '--data-dir', dataDir], { environment });
    for (const args of [['extract'], ['reconcile', ...RANGE]]) {
      const refused = await run(...args);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain('no_shop_database');
    }
    expect((await run('run')).code).toBe(0);
  });
});
