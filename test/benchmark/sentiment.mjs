/**
 * How fast texts are scored, in the worker pool and beside one thread of the same run, and how fast
 * sentiment is answered over generated feedback, beside the same SQL run straight on the engine.
 * Run it on the build: `node test/benchmark/sentiment.mjs [--texts 100000] [--feedback 1000000]`.
 */
import { readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Runner, Science } from '../../dist/src/analytics/index.js';
import { startService } from '../../dist/src/main.js';
import { WorkerPool } from '../../dist/src/platform/workers/worker-pool.js';
import { benchConfig, benchDataDir, median, timed } from './warehouse/generated.mjs';

const { values } = parseArgs({
  options: {
    texts: { type: 'string', default: '100000' },
    feedback: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '7' },
  },
});
const TEXTS = Number(values.texts);
const FEEDBACK = Number(values.feedback);
const ROUNDS = Number(values.rounds);
const FEEDBACK_SQL = readFileSync(new URL('warehouse/feedback.sql', import.meta.url), 'utf8');
/** What one pass of the model takes in, split as the pool has threads. */
const A_TASK = 2_500;
const A_LOAD = 100_000;
const DAYS = 90;
const DAY_MS = 86_400_000;
const TARGETS = { textsASecond: 10_000, summaryMs: 200 };

const SENTENCES = [
  'Exactly as described, and it arrived early.',
  'Lovely quality; I would buy it again!',
  'Nice, but the colour is darker than in the pictures.',
  'It does its job.',
  'Smaller than I thought, and the seams came apart.',
  'Broke after a week. I am VERY disappointed :(',
  'Customer service never replied, so I want my money back.',
  'The handle is comfortable and the price was fair.',
];

await scoring();
await answers();

/** Reviews are some three sentences of a hundred and forty characters in all. */
async function scoring() {
  const rows = Array.from({ length: TEXTS }, (_, index) => ({
    title: '',
    topic: '',
    text: [index, index >> 3, index >> 6].map((at) => SENTENCES[at % SENTENCES.length]).join(' '),
  }));
  const tasks = [];
  for (let at = 0; at < rows.length; at += A_TASK) tasks.push(rows.slice(at, at + A_TASK));
  const { scoreFeedback } =
    await import('../../dist/src/analytics/science/sentiment/score-feedback.js');
  const workers = new WorkerPool();
  const science = new Science(workers);
  const inPool = () =>
    Promise.all(tasks.map((task) => science.map('science/score-feedback', task)));
  const alone = () => tasks.map((task) => scoreFeedback(task));
  await inPool();
  alone();
  const [pool, thread] = [[], []];
  for (let round = 0; round < 3; round += 1) {
    pool.push((await timed(inPool)).ms);
    thread.push((await timed(alone)).ms);
  }
  await workers.close();
  const perSecond = (ms) => Math.round((TEXTS / ms) * 1000);
  const [poolRate, threadRate] = [perSecond(median(pool)), perSecond(median(thread))];
  console.log(
    `${TEXTS} texts: ${poolRate} a second in the pool (target ${TARGETS.textsASecond}), ` +
      `${threadRate} in one thread, ratio ${(poolRate / threadRate).toFixed(2)}`,
  );
}

async function answers() {
  const dataDir = benchDataDir();
  const service = await startService(benchConfig(dataDir));
  const { warehouse, cache } = service.platform;
  const until = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  for (let done = 0; done < FEEDBACK; done += A_LOAD) {
    await warehouse.command('pipeline', FEEDBACK_SQL, {
      first: done,
      rows: Math.min(A_LOAD, FEEDBACK - done),
      sentences: SENTENCES,
      from: new Date(until - DAYS * DAY_MS).toISOString().slice(0, 19).replace('T', ' '),
      seconds: DAYS * 86_400,
    });
  }
  const runner = service.app.get(Runner, { strict: false });
  const { ms, result } = await timed(() => runner.run({ target: 'all', trigger: 'request' }));
  if (result.status !== 'published') throw new Error(`The run ended ${result.status}.`);
  const { duration_ms: scoringMs } = result.models['silver.feedback'];
  console.log(
    `\n${FEEDBACK} feedback of ${DAYS} days: run in ${Math.round(ms / 1000)} s, of it ` +
      `silver.feedback ${Math.round(scoringMs / 1000)} s ` +
      `(${Math.round((FEEDBACK / scoringMs) * 1000)} rows a second)`,
  );
  const asked = recordQueries(warehouse);
  const day = (ms) => new Date(ms).toISOString().slice(0, 10);
  const range = `from=${day(until - DAYS * DAY_MS)}&to=${day(until)}`;
  const get = async (view) => {
    const address = `${service.url}/api/v1/sentiment/${view}${range}`;
    const headers = { authorization: `Bearer ${service.platform.localToken}` };
    const response = await fetch(address, { headers });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  };
  console.log(`${'view'.padEnd(76)}   raw  uncached  cached  target  uncached/raw`);
  const views = [
    ['summary?compare=none&', TARGETS.summaryMs],
    ['summary?', null],
    ['summary?compare=none&metrics=first_response_median,first_response_p90,csat,nps&', null],
    ['summary?compare=none&metrics=backlog&', null],
    ['series?granularity=day&', null],
    ['breakdown?by=product&', null],
    ['breakdown?by=topic&', null],
    ['texts?label=negative&', null],
  ];
  for (const [view, target] of views) {
    const [fresh, raw, hits] = [[], [], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      await cache.close();
      asked.splice(0);
      fresh.push((await timed(() => get(view))).ms);
      const statements = [...asked];
      raw.push((await timed(() => Promise.all(statements.map((again) => again())))).ms);
      hits.push((await timed(() => get(view))).ms);
    }
    const [rawMs, freshMs, hitMs] = [raw, fresh, hits].map(median);
    console.log(
      `${view.padEnd(76)} ${rawMs.toFixed(1).padStart(5)} ${freshMs.toFixed(1).padStart(9)} ` +
        `${hitMs.toFixed(1).padStart(7)} ${String(target ?? '–').padStart(7)} ` +
        (freshMs / rawMs).toFixed(2).padStart(13),
    );
  }
  await service.stop();
  rmSync(dataDir, { recursive: true, force: true });
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
