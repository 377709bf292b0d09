/**
 * How long a warehouse of seven years takes to open: every table by day full, a few rows a day, with
 * all of its days as such, and with old ones as months; against an empty one. `npm run bench:open`;
 * DAYS says how many days.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProject } from '../../dist/src/analytics/project.js';
import { createStatements, insertsOf, isByDay } from '../../dist/src/analytics/runner/tables.js';
import { migrateWarehouse } from '../../dist/src/platform/warehouse/migrate.js';
import { Warehouse } from '../../dist/src/platform/warehouse/warehouse.js';

const DAYS = Number(process.env.DAYS ?? 2_555);
const ROWS_A_DAY = 3;
const OPENINGS = 3;
const MEMORY_MB = 800;
const FIRST_DAY = Date.parse('2019-01-01T00:00:00Z');
const DAY_MS = 86_400_000;
/** As the nightly move leaves it: months that are older than this many days. */
const DAYS_BY_DAY = 90;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function timeOfOpening(dataDir) {
  const times = [];
  const cpu = process.cpuUsage();
  for (let opening = 0; opening < OPENINGS; opening += 1) {
    const startedAt = performance.now();
    const warehouse = await Warehouse.open({ dataDir, memoryMb: MEMORY_MB });
    times.push(performance.now() - startedAt);
    await warehouse.close();
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    first: Math.round(times[0]),
    median: Math.round(median(times)),
    // On a machine that does other things, the figure that stays.
    cpu: Math.round((user + system) / 1000 / OPENINGS),
  };
}

async function create(dataDir, days, border) {
  const warehouse = await Warehouse.open({ dataDir, memoryMb: MEMORY_MB });
  await migrateWarehouse(warehouse);
  for (const model of loadProject().models) {
    const { tables, overTables, views } = createStatements(model, border);
    for (const statement of [...tables, ...overTables, ...views])
      await warehouse.command('pipeline', statement);
  }
  if (days > 0) await fill(warehouse, days, border);
  const { partitions } = await warehouse.queryOne(
    'pipeline',
    `select uniqExact(table, partition) as partitions from system.parts
     where active and database in ('silver', 'gold')`,
  );
  await warehouse.close();
  return Number(partitions);
}

const dayOf = (index) => new Date(FIRST_DAY + index * DAY_MS).toISOString().slice(0, 10);

/** The first day of the month in which the oldest of the newest days lies. */
const borderOf = (days) => `${dayOf(days - DAYS_BY_DAY).slice(0, 7)}-01`;

async function fill(warehouse, days, border) {
  const all = Array.from({ length: days }, (_, index) => dayOf(index));
  for (const model of loadProject().models.filter(isByDay)) {
    const key = model.key.find((column) => column.endsWith('_id'));
    for (const insert of insertsOf(model, all, border)) {
      await warehouse.command(
        'pipeline',
        `insert into ${insert.table} (${key}, ${model.time_column})
         select toString(number), toDateTime(arrayJoin({days:Array(Date)}), 'UTC')
         from numbers(${ROWS_A_DAY})`,
        { days: insert.days },
      );
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'cartograph-open-'));
try {
  const cases = {
    empty: { days: 0 },
    'all by day': { days: DAYS },
    'old days as months': { days: DAYS, border: borderOf(DAYS) },
  };
  const results = {};
  for (const [name, { days, border }] of Object.entries(cases)) {
    const dataDir = join(folder, name.replaceAll(' ', '-'));
    const partitions = await create(dataDir, days, border);
    process.stdout.write(`${name}: ${days} days in ${partitions} partitions\n`);
    results[name] = await timeOfOpening(dataDir);
  }
  for (const [name, { first, median: middle, cpu }] of Object.entries(results)) {
    process.stdout.write(
      `${name}: first opening ${first} ms, median of ${OPENINGS} ${middle} ms, CPU ${cpu} ms\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
