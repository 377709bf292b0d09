/**
 * How long a warehouse of seven years takes to open: events and sessions in a partition a day, a
 * few rows each, against an empty one. `npm run bench:open`; DAYS says how many days.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadProject } from '../../dist/src/analytics/project.js';
import { createStatements, physicalTable } from '../../dist/src/analytics/runner/tables.js';
import { migrateWarehouse } from '../../dist/src/platform/warehouse/migrate.js';
import { Warehouse } from '../../dist/src/platform/warehouse/warehouse.js';

const DAYS = Number(process.env.DAYS ?? 2_555);
const ROWS_A_DAY = 3;
const DAYS_AN_INSERT = 60;
const OPENINGS = 3;
const MEMORY_MB = 800;
const BY_DAY = ['silver.events', 'silver.sessions'];

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

async function create(dataDir, fill) {
  const warehouse = await Warehouse.open({ dataDir, memoryMb: MEMORY_MB });
  await migrateWarehouse(warehouse);
  for (const model of loadProject().models) {
    for (const statement of createStatements(model)) await warehouse.command('pipeline', statement);
  }
  if (fill) await fill(warehouse);
  const { partitions } = await warehouse.queryOne(
    'pipeline',
    `select uniqExact(table, partition) as partitions from system.parts
     where active and database = 'silver'`,
  );
  await warehouse.close();
  return Number(partitions);
}

async function fillDays(warehouse) {
  const { models } = loadProject();
  for (const name of BY_DAY) {
    const model = models.find((found) => found.name === name);
    const table = physicalTable(model);
    const key = model.key.find((column) => column.endsWith('_id'));
    for (let day = 0; day < DAYS; day += DAYS_AN_INSERT) {
      const rows = Math.min(DAYS_AN_INSERT, DAYS - day) * ROWS_A_DAY;
      await warehouse.command(
        'pipeline',
        `insert into ${table} (${key}, ${model.time_column})
         select toString(number),
           toDateTime64('2019-01-01', 3, 'UTC')
             + interval ${day} day + interval intDiv(number, ${ROWS_A_DAY}) day
         from numbers(${rows})`,
      );
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'cartograph-open-'));
try {
  const [empty, full] = [join(folder, 'empty'), join(folder, 'full')];
  await create(empty);
  const startedAt = performance.now();
  const partitions = await create(full, fillDays);
  const made = Math.round((performance.now() - startedAt) / 1000);
  process.stdout.write(`${partitions} day partitions made in ${made} s\n`);
  const results = { empty: await timeOfOpening(empty), full: await timeOfOpening(full) };
  for (const [name, { first, median: middle, cpu }] of Object.entries(results)) {
    process.stdout.write(
      `${name}: first opening ${first} ms, median of ${OPENINGS} ${middle} ms, CPU ${cpu} ms\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
