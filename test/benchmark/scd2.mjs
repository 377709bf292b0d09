/**
 * How fast versions follow changes: 1,000 changed customers on top of a million. The references of
 * the same run are the engine's own insert of as many rows, and a count of all standing versions.
 * Run it on the build: `npm run bench:scd2 -- [--customers 1000000] [--changes 1000]`.
 */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Runner } from '../../dist/src/analytics/index.js';
import { startService } from '../../dist/src/main.js';
import { benchConfig, benchDataDir, median, timed } from './warehouse/generated.mjs';

const { values } = parseArgs({
  options: {
    customers: { type: 'string', default: '1000000' },
    changes: { type: 'string', default: '1000' },
    increments: { type: 'string', default: '5' },
  },
});
const CUSTOMERS = Number(values.customers);
const CHANGES = Number(values.changes);
const INCREMENTS = Number(values.increments);
/** A load is as large as what a model takes in at a time. */
const CUSTOMERS_A_LOAD = 200_000;
const TARGET_MS = 3_000;
const MODELS = ['silver.customer_descriptions', 'silver.customer_versions'];

const dataDir = benchDataDir();
const service = await startService(benchConfig(dataDir));
const { warehouse } = service.platform;
const runner = service.app.get(Runner, { strict: false });

/** Records of customers number `first` and on, `step` apart, as read on the given day. */
function addCustomers(first, count, step, day) {
  return warehouse.command(
    'pipeline',
    `insert into bronze.records (origin, source, entity, record_id, source_key, version_at,
       sequence, is_deleted, content_hash, payload, load_id)
     select 'shop_database', 'bench', 'customers', toString(id), '',
       toDateTime64('2026-01-01', 3, 'UTC') + toIntervalDay({day:UInt32}), 0, false, '',
       concat('{"customer_id":"c', toString(id), '","plan":"plan-',
         toString((id + {day:UInt32}) % 7), '","language":"en","country":"DE","updated_at":"',
         toString(toDate('2026-01-01') + {day:UInt32}), 'T10:00:00.000Z"}'),
       'bench'
     from (
       select {first:UInt64} + number * {step:UInt64} as id from numbers({count:UInt64})
     )`,
    { first, count, step, day },
  );
}

async function run() {
  let ms = 0;
  for (const target of MODELS) {
    const { ms: taken, result } = await timed(() => runner.run({ target, trigger: 'request' }));
    if (result.status !== 'published') throw new Error(`The run ended ${result.status}.`);
    ms += taken;
  }
  return ms;
}

const countOf = async (sql) => Number((await warehouse.queryOne('reader', sql)).rows);

try {
  for (let first = 0; first < CUSTOMERS; first += CUSTOMERS_A_LOAD) {
    await addCustomers(first, Math.min(CUSTOMERS_A_LOAD, CUSTOMERS - first), 1, 0);
  }
  const backfill = await run();
  console.log(`${CUSTOMERS} customers: first versions in ${(backfill / 1000).toFixed(1)} s`);

  const taken = [];
  const inserted = [];
  const counted = [];
  for (let increment = 0; increment < INCREMENTS; increment += 1) {
    const step = Math.floor(CUSTOMERS / CHANGES);
    const insert = await timed(() => addCustomers(increment, CHANGES, step, increment + 1));
    inserted.push(insert.ms);
    taken.push(await run());
    const count = await timed(() =>
      countOf('select count() as rows from silver.customer_versions__versions'),
    );
    counted.push(count.ms);
  }
  const versions = await countOf('select count() as rows from silver.customer_versions');
  const expected = CUSTOMERS + INCREMENTS * CHANGES;
  if (versions !== expected) throw new Error(`${versions} versions, not ${expected}.`);
  const reference = median(inserted);
  console.log(
    `an increment of ${CHANGES} changes: median ${Math.round(median(taken))} ms, ` +
      `slowest ${Math.round(Math.max(...taken))} ms (target ${TARGET_MS}); ` +
      `the engine's own insert of them ${Math.round(reference)} ms ` +
      `(${(median(taken) / reference).toFixed(1)} ×), ` +
      `a count of all stored versions ${Math.round(median(counted))} ms`,
  );
  if (median(taken) > TARGET_MS) process.exitCode = 1;
} finally {
  await service.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
