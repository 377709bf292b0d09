/**
 * How fast questions are answered, over generated events: each view uncached and cached, beside the
 * same SQL run straight on the engine in the same run; nine at once, and acknowledgements meanwhile.
 * Run it on the build: `npm run bench:query -- [--events 1000000,10000000] [--data-dir FOLDER]`.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { Runner } from '../../dist/src/analytics/index.js';
import { startService } from '../../dist/src/main.js';
import {
  addSessions,
  benchConfig,
  benchDataDir,
  median,
  quantile,
  sized,
  timed,
} from './warehouse/generated.mjs';
import { productView } from './service.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000,10000000' },
    'data-dir': { type: 'string' },
    rounds: { type: 'string', default: '7' },
  },
});
const SIZES = values.events.split(',').map(Number);
const ROUNDS = Number(values.rounds);
const DAY_MS = 86_400_000;
/** The last thirty days, or what there is. */
const RANGE_DAYS = 30;
const FUNNEL = 'Product Viewed,Product Added,Checkout Started,Order Completed';

/** By the time that they may take uncached; null where nothing is promised. */
const VIEWS = [
  ['behaviour/summary', 100],
  ['behaviour/series', 100],
  ['behaviour/breakdown?by=channel', 100],
  ['behaviour/breakdown?by=campaign', null],
  ['behaviour/breakdown?by=landing_page', null],
  ['behaviour/breakdown?by=country', null],
  ['behaviour/breakdown?by=product', 100],
  ['behaviour/breakdown?by=search_term', null],
  [`behaviour/funnel?steps=${FUNNEL}`, 400],
  [`behaviour/funnel?steps=${FUNNEL}&by=channel`, 400],
  ['behaviour/paths', 400],
  ['behaviour/next-pages?page=/sale', 400],
  ['behaviour/retention', 400],
  ['behaviour/retention?activity=orders', 400],
  ['behaviour/retention?cohort=first_order&activity=orders', 400],
  ['sales/summary', 100],
  ['sales/series', 100],
  ['sales/breakdown?by=channel', 100],
  ['sales/breakdown?by=product', 100],
  ['sales/top-products', 100],
  ['sales/top-customers', 100],
  ['sales/bought-together', null],
  ['customers/summary', null],
  ['customers/top', null],
  ['customers/segments', null],
  ['customers/movements', null],
  ['customers/cohorts', null],
  ['customers/ONE', 100],
  ['campaigns/breakdown?by=campaign', 150],
  ['campaigns/breakdown?by=landing_page', null],
  ['campaigns/models?by=channel', null],
  ['campaigns/attribution?by=campaign&lookback=7d', null],
  ['sentiment/summary', 200],
  ['reports/executive?period=week', 3_000],
];
const DASHBOARD = [0, 1, 2, 4, 5, 15, 16, 17, 18].map((index) => VIEWS[index][0]);

const uncachedBySize = [];
for (const events of SIZES) uncachedBySize.push(await benchmark(events));
if (SIZES.length > 1) {
  console.log(`\nGrowth of uncached answers from ${SIZES[0]} to ${SIZES.at(-1)} events:`);
  for (const [view] of VIEWS) {
    const [small, large] = [uncachedBySize[0].get(view), uncachedBySize.at(-1).get(view)];
    console.log(`${view.padEnd(76)} ${(large / small).toFixed(2)}`);
  }
}

async function benchmark(events) {
  const shop = sized(events);
  const dataDir = values['data-dir'] ?? benchDataDir();
  const service = await startService(benchConfig(dataDir));
  // Closing the cache of the process empties it.
  const { warehouse, cache } = service.platform;
  const asked = recordQueries(warehouse);
  const standing = await warehouse.queryOne('reader', 'select count() as rows from bronze.events');
  if (standing.rows === '0') await addSessions(warehouse, shop, 0, shop.sessions);
  const run = await service.app
    .get(Runner, { strict: false })
    .run({ target: 'all', trigger: 'request' });
  if (run.status !== 'published') throw new Error(`The run ended ${run.status}.`);
  const from = new Date(shop.until - Math.min(shop.days, RANGE_DAYS) * DAY_MS)
    .toISOString()
    .slice(0, 10);
  const range = `from=${from}&to=${new Date(shop.until).toISOString().slice(0, 10)}`;
  // The one with the most orders; her story and the report have no range.
  const { customer } = await warehouse.queryOne(
    'reader',
    'select argMax(customer_id, orders) as customer from gold.customer_value',
  );
  const get = (view) =>
    /^reports|ONE$/.test(view)
      ? ask(service, view.replace('ONE', customer))
      : ask(service, `${view}${view.includes('?') ? '&' : '?'}${range}`);

  console.log(
    `\n${events} events over ${shop.days} days; answers over ${Math.min(shop.days, RANGE_DAYS)} days.`,
  );
  console.log(`${'view'.padEnd(76)}   raw  uncached  cached  target  uncached/raw`);
  const uncached = new Map();
  for (const [view, target] of VIEWS) {
    const fresh = [];
    const raw = [];
    const hits = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await cache.close();
      asked.splice(0);
      fresh.push((await timed(() => get(view))).ms);
      const statements = [...asked];
      raw.push((await timed(() => Promise.all(statements.map((again) => again())))).ms);
      hits.push((await timed(() => get(view))).ms);
    }
    uncached.set(view, median(fresh));
    const numbers = [median(raw), median(fresh), median(hits)].map((ms) => ms.toFixed(1));
    const [rawMs, freshMs, hitMs] = numbers;
    const ratio = (median(fresh) / median(raw)).toFixed(2);
    console.log(
      `${view.padEnd(76)} ${rawMs.padStart(5)} ${freshMs.padStart(9)} ${hitMs.padStart(7)} ` +
        `${String(target ?? '–').padStart(7)} ${ratio.padStart(13)}`,
    );
  }
  await dashboard(service, get, cache);
  await service.stop();
  if (!values['data-dir']) rmSync(dataDir, { recursive: true, force: true });
  return uncached;
}

/** Nine questions at once, uncached, while events are acknowledged. */
async function dashboard(service, get, cache) {
  const acknowledged = [];
  const { data: created } = await post(service, '/api/v1/access/keys', {
    name: `bench-${Date.now()}`,
    scopes: ['events:write'],
  });
  let isOver = false;
  const writing = (async () => {
    for (let event = 0; !isOver; event += 1) {
      const sent = post(service, '/v1/track', {
        ...productView(`bench-${Date.now()}-${event}`),
        writeKey: created.key,
      });
      acknowledged.push((await timed(() => sent)).ms);
      await pause(5);
    }
  })();
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await cache.close();
    rounds.push((await timed(() => Promise.all(DASHBOARD.map(get)))).ms);
  }
  isOver = true;
  await writing;
  console.log(`nine at once, uncached: ${median(rounds).toFixed(0)} ms (target 500)`);
  console.log(
    `acknowledgements meanwhile: p50 ${median(acknowledged).toFixed(1)} ms, ` +
      `p99 ${quantile(acknowledged, 0.99).toFixed(1)} ms of ${acknowledged.length} (target 150)`,
  );
}

/** What the service asks its readers from now on, each to be asked again. */
function recordQueries(warehouse) {
  const asked = [];
  const query = warehouse.query.bind(warehouse);
  warehouse.query = (role, ...rest) => {
    if (role === 'reader') asked.push(() => query(role, ...rest));
    return query(role, ...rest);
  };
  return asked;
}

async function ask(service, path) {
  const response = await fetch(`${service.url}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${service.platform.localToken}` },
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
  return text;
}

async function post(service, path, body) {
  const response = await fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(path.startsWith('/api')
        ? { authorization: `Bearer ${service.platform.localToken}` }
        : {}),
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}
