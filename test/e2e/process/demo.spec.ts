/** The demo as a process, and a search of all that it left for what must not be found. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATEGORY_NAMES } from '../../../src/cli/shop/catalogue.js';
import { postBatch } from '../../../src/cli/demo/post.js';
import type { DemoState } from '../../../src/cli/demo/record.js';
import { ShopSimulation } from '../../../src/cli/shop/simulation.js';
import { ControlDb } from '../../../src/platform/control-db/control-db.js';
import { deriveKey } from '../../../src/platform/vault/secret.js';
import { Tokeniser } from '../../../src/platform/vault/tokeniser.js';
import { processesNaming } from '../../support/processes.js';
import {
  cartograph,
  createWriteKey,
  dataDirectory,
  runPipeline,
  spawnService,
  type Ended,
} from '../../support/spawned-service.js';
import { analystSql, cents } from './analyst-sql.js';
import { controlRows, findAny, NEEDLES_PER_SEARCH, searchWarehouse } from './privacy-search.js';
import { withWarehouse } from './stored.js';

const BATCH_EVENTS = 200;
const LIVE_EVENTS = 1000;
const RAW_NEEDLES = 20;

let dataDir: string;
let logged = '';
let first: Ended;
const emails = new Set<string>();
const phones = new Set<string>();

async function demo(seed: number): Promise<Ended> {
  const options = ['--exit', '--days', '7', '--seed', `${seed}`, '--port', '0'];
  const ended = await cartograph(['demo', ...options, '--data-dir', dataDir]);
  logged += ended.stdout + ended.stderr;
  return ended;
}

const unusual = ({ stderr }: Ended) =>
  stderr
    .split('\n')
    .filter((line) => line !== '' && !/A model is held|An alert was (opened|resolved)/.test(line));

const stateOf = () => JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoState;
const numbersOf = ({ stdout }: Ended) =>
  stdout.match(/^(Check: .*|Shop: .*|Funnel: .*|20\d\d-\d\d .*)$/gm);

function remember(simulation: ShopSimulation): void {
  const written = simulation.personalData();
  for (const email of written.emails) emails.add(email.toLowerCase());
  for (const phone of written.phones) phones.add(phone);
}

/** More traffic, some of it against its contract, to a service that logs all it can. */
async function sendLive(until: string): Promise<void> {
  const service = await spawnService(dataDir, { LOG_LEVEL: 'debug', SCHEDULES: 'off' });
  const writeKey = await createWriteKey(service, 'live');
  const simulation = new ShopSimulation({ seed: 99, days: 1, until });
  const events = [...simulation.events()].slice(0, LIVE_EVENTS);
  remember(simulation);
  for (let start = 0; start < events.length; start += BATCH_EVENTS) {
    await postBatch(service.url, writeKey, events.slice(start, start + BATCH_EVENTS));
  }
  const [email] = emails;
  const broken = { type: 'track', event: 'Order Completed', userId: email, properties: { email } };
  const headers = {
    'content-type': 'application/json',
    authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
  };
  const body = JSON.stringify({ batch: [broken] });
  const answer = await fetch(`${service.url}/v1/batch`, { method: 'POST', headers, body });
  expect(await answer.json()).toMatchObject({ rejected: 1 });
  await fetch(`${service.url}/api/v1/sales/summary?email=${email}`);
  expect(await runPipeline(service)).toBe('published');
  const { stdout, stderr } = await service.end('SIGTERM');
  logged += stdout + stderr;
}

beforeAll(async () => {
  dataDir = dataDirectory();
  first = await demo(3);
});

describe('the demo', () => {
  it('reconciles, ends with 0 and leaves no process', () => {
    expect(first.code).toBe(0);
    // What it shows of a held model is told as it would be to an operator, and nothing else.
    expect(unusual(first)).toEqual([]);
    expect(first.stdout).toMatch(/^ {2}silver\.ad_spend is held\. The check spend_within_usual/m);
    expect(first.stdout).toMatch(/^ {2}campaigns\/summary goes on .* held: silver\.ad_spend$/m);
    expect(first.stdout).toMatch(
      /^ {2}report: \d+ checks over \d+ tables, held: silver\.ad_spend/m,
    );
    expect(first.stdout).toContain('Held: true, released: true, as before: true');
    expect(first.stdout).toMatch(/^Shop: {2}reconciled: \d+ orders .* 0 differ$/m);
    expect(first.stdout).toMatch(/^Check: reconciled: orders \d+; gross_sales [\d.]+; net_sales /m);
    expect(processesNaming(dataDir)).toEqual([]);
  });

  it('shows what brought visitors and sales, and how far visitors came', () => {
    const table = /^What brought visitors and sales:\n([\s\S]*?)^Funnel: /m.exec(first.stdout)![1]!;
    const [header, ...rows] = table
      .trim()
      .split('\n')
      .map((line) => line.split(/\s{2,}/));
    expect(header).toEqual([
      ...['channel', 'sessions', 'visitors', 'bounce_rate', 'conversion_rate'],
      ...['orders', 'net_sales'],
    ]);
    expect(rows.map(([channel]) => channel)).toEqual(
      expect.arrayContaining(['direct', 'organic_search', 'paid_search', 'email', 'paid_social']),
    );
    const orders = rows.reduce((sum, row) => sum + Number(row[5]), 0);
    expect(first.stdout).toContain(`Check: reconciled: orders ${orders};`);
    const funnel = /^Funnel: (.*)$/m.exec(first.stdout)![1]!;
    const steps = funnel.split(' → ').map((step) => Number(/ (\d+)/.exec(step)![1]));
    expect(steps).toEqual([...steps].sort((one, other) => other - one));
    expect(steps).toHaveLength(4);
    expect(steps[3]).toBeGreaterThan(50);
  });

  it('run again uses its data again and shows the same numbers', async () => {
    const again = await demo(3);
    expect(again.code).toBe(0);
    expect(unusual(again)).toEqual([]);
    expect(again.stdout).toContain('The traffic was played before; its data is used again.');
    expect(again.stdout).not.toContain('events acknowledged');
    expect(numbersOf(again)!.length).toBeGreaterThanOrEqual(4);
    expect(numbersOf(again)).toEqual(numbersOf(first));
  });

  it('refuses another seed in the same directory, in words', async () => {
    const other = await demo(4);
    expect(other).toMatchObject({ code: 1, stdout: '' });
    expect(other.stderr).toContain(`${dataDir} holds a demo with --seed 3 --days 7`);
  });
});

describe('the SQL for analysts', () => {
  const soldOf = (metric: string) =>
    Number(new RegExp(`^Check: .*${metric} ([\\d.]+)`, 'm').exec(first.stdout)![1]);

  it('has the revenue of each month that the API has', async () => {
    const months = await analystSql(dataDir, 'monthly_revenue_trend');
    expect(cents(months, 'gross_sales')).toBe(Math.round(soldOf('gross_sales') * 100));
    expect(cents(months, 'net_sales')).toBe(Math.round(soldOf('net_sales') * 100));
    const printed = numbersOf(first)!.filter((line) => line.startsWith('20'));
    expect(months.map(({ month }) => String(month).slice(0, 7))).toEqual(
      printed.map((line) => line.slice(0, 7)),
    );
    expect(months[0]).toMatchObject({ net_sales_before: null, change: null });
  });

  it('ranks customers by what they spent', async () => {
    const customers = await analystSql(dataDir, 'top_customers_by_spend');
    expect(customers).toHaveLength(10);
    const spent = customers.map(({ net_sales }) => Number(net_sales));
    expect(spent).toEqual([...spent].sort((a, b) => b - a));
    expect(spent[9]).toBeGreaterThan(0);
    expect(cents(customers, 'net_sales')).toBeLessThan(soldOf('net_sales') * 100);
  });

  it('names the best sellers of each category, as the shop’s own database describes them', async () => {
    const best = await analystSql(dataDir, 'best_sellers_by_category');
    const categories = [...new Set(best.map(({ category }) => category))];
    expect(categories).toEqual([...CATEGORY_NAMES].sort());
    for (const category of categories) {
      const places = best.filter((row) => row['category'] === category);
      expect(places.map(({ place }) => Number(place))).toEqual([1, 2, 3].slice(0, places.length));
      const sales = places.map(({ gross_sales }) => Number(gross_sales));
      expect(sales).toEqual([...sales].sort((a, b) => b - a));
    }
    expect(best.every(({ product }) => product !== '')).toBe(true);
  });

  it('has the average order of each country, and every order once', async () => {
    const countries = await analystSql(dataDir, 'average_order_value_by_country');
    const orders = countries.reduce((sum, row) => sum + Number(row['orders']), 0);
    expect(orders).toBe(soldOf('orders'));
    expect(countries.map(({ country }) => country)).toContain('US');
    expect(countries.every((row) => Number(row['average_order_value']) > 0)).toBe(true);
  });
});

describe('personal data', () => {
  let needles: string[];
  let tokens: string[];

  beforeAll(async () => {
    const { seed, days, until } = stateOf();
    const simulation = new ShopSimulation({ seed, days, until });
    for (const _ of simulation.events());
    remember(simulation);
    await sendLive(until);
    const digits = [...phones].map((phone) => phone.replace(/\D/g, ''));
    needles = [...emails, ...phones, ...digits];
    const secret = readFileSync(join(dataDir, 'secret'), 'utf8').trim();
    const tokeniser = new Tokeniser(deriveKey(secret, 'tokens'));
    tokens = [
      ...[...emails].map((email) => tokeniser.token('email', email)),
      ...[...phones].map((phone) => tokeniser.token('phone', phone)),
    ];
    expect(emails.size).toBeGreaterThan(50);
    expect(phones.size).toBeGreaterThan(20);
  });

  it('stands in no column of the warehouse, whereas its tokens are found', async () => {
    await withWarehouse(dataDir, async (warehouse) => {
      expect(await searchWarehouse(warehouse, needles)).toEqual([]);
      const found = await searchWarehouse(warehouse, tokens.slice(0, NEEDLES_PER_SEARCH));
      expect(found).toEqual(
        expect.arrayContaining([
          'bronze.events.payload',
          'bronze.events.user_id',
          'bronze.rejected_events.payload',
          'silver.events__days.traits',
          'silver.orders__versions.customer_id',
        ]),
      );
    });
  });

  it('stands in no table of the control database but the vault, and there not in the clear', async () => {
    const controlDb = await ControlDb.open({ dataDir });
    try {
      const { pii_vault: vault, ...tables } = await controlRows(controlDb);
      expect(Object.keys(tables)).toEqual(
        expect.arrayContaining(['api_keys', 'pipeline_runs', 'publish_log', 'quality_results']),
      );
      for (const text of Object.values(tables)) expect(findAny(text, needles)).toEqual([]);
      expect(findAny(vault!, needles)).toEqual([]);
      expect(findAny(vault!, tokens).length).toBeGreaterThan(50);
      expect(findAny(tables['api_keys']!, ['demo-shop-'])).toHaveLength(1);
    } finally {
      await controlDb.close();
    }
  });

  it('stands in nothing that was printed or logged', () => {
    expect(logged).toContain('"level":20');
    expect(logged).toContain('/v1/batch');
    expect(findAny(logged, needles)).toEqual([]);
  });

  it('stands in no file beside the databases, nor in the raw bytes of the warehouse', () => {
    const files = readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !file.startsWith(join(dataDir, 'postgres/')));
    expect(files).toContain(join(dataDir, 'demo.json'));
    expect(files.length).toBeGreaterThan(50);
    const some = needles.slice(0, RAW_NEEDLES);
    for (const file of files) {
      const bytes = readFileSync(file);
      expect([file, some.filter((needle) => bytes.includes(needle))]).toEqual([file, []]);
    }
  });
});
