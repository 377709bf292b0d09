/**
 * A process may die at any statement, and a statement may fail once: afterwards the tables are
 * those of an undisturbed pipeline, nothing is left half published and no stage stands.
 */
import { createRunner, loadBronze, openTestPipeline } from '../support/pipeline.js';
import type { BronzeEvent, TestPipeline } from '../support/pipeline.js';
import { disturbable, type Fault } from '../support/disturbable.js';
import { cancelled, dump, identified, line, placed, refunded, rowsOf } from './golden.js';
import { skipLookback, startAnew, updated } from './golden.js';

/** The loops end at the first run that has no n-th command and so is left in peace. */
const COMMANDS_MAX = 600;
const FEWEST_DEATHS = 9;
const FEWEST_BREAKS = 4;
/** Deaths are tried at every 31st command, breaks at every fifth: full sweeps take minutes. */
const DEATH_STRIDE = 31;
const BREAK_STRIDE = 5;
/** A statement that changes what readers see, as opposed to a stage. */
const PUBLISHES = /^(insert into|alter table) (silver|gold)\./;

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

const aliased = (previousId: string, user: string, at: string): BronzeEvent => ({
  ...{ call: 'alias', visitor: '', user, previousId, at },
});

/** A small increment that touches every model, two months, and orders of the increment before. */
function eventsOf(step: number): BronzeEvent[] {
  const day = String(1 + (step % 28)).padStart(2, '0');
  const [before, now] = [`o${step - 1}`, `o${step}`];
  const lines = { products: [line(`p${step % 3}`, 2, 10)], discount: 1, tax: 2, shipping: 3 };
  return [
    placed(now, `2026-11-${day}T10:00:00Z`, lines),
    placed(before, `2026-10-${day}T10:00:00Z`, lines, { user: `u${step}` }),
    updated(before, `2026-11-${day}T11:00:00Z`, { products: [line('p9', 1, 30)] }),
    refunded(now, `2026-11-${day}T12:00:00Z`, { refund_id: `r${step}`, total: 5 }),
    cancelled(before, `2026-11-${day}T13:00:00Z`),
    identified(`visitor-of-o${step - 2}`, `u${step}`, `2026-11-${day}T14:00:00Z`),
    aliased(`visitor-of-o${step - 1}`, `u${step}`, `2026-11-${day}T15:00:00Z`),
  ];
}

/** What the ledger must say after a number of steps, whatever happened on the way. */
async function expectLedger(steps: number): Promise<void> {
  const { warehouse } = pipeline;
  expect(
    await rowsOf(
      warehouse,
      `select sum(s.orders), sum(s.cancelled_orders), sum(s.gross) from gold.sales_15m as s`,
    ),
    // The first step speaks of an order before it, too. All but the newest were edited to 30.
  ).toEqual([`${steps + 1} | ${steps} | ${steps * 30 + 20}`]);
}

async function expectNothingLeftOver(): Promise<void> {
  const { warehouse, controlDb } = pipeline;
  const open = await controlDb.dataSource.query<unknown[]>(
    `select model, partition from publish_log where status = 'publishing'`,
  );
  expect(open).toEqual([]);
  expect(
    await rowsOf(warehouse, `select name from system.tables where database = 'stage'`),
  ).toEqual([]);
}

const run = () => pipeline.runner.run({ target: 'all', trigger: 'request' });

/** Lays the fault into one increment's run after another, and answers how many that were. */
async function crashAtEach(stride: number, fault: Omit<Fault, 'at'>): Promise<number> {
  const { warehouse, controlDb } = pipeline;
  const { warehouse: disturbed, trap } = disturbable(warehouse);
  const takeOver = async () => {
    await pipeline.runner.stop();
    pipeline.runner = createRunner(disturbed, controlDb);
    await pipeline.runner.lead();
  };
  await takeOver();
  for (let step = 1, at = 1; at < COMMANDS_MAX; step += 1, at += stride) {
    await loadBronze(warehouse, eventsOf(step));
    trap.lay({ at, ...fault });
    const { status } = await run();
    const isOver = trap.commands < at;
    trap.lay(null);
    expect(status).toBe(isOver ? 'published' : 'failed');
    await skipLookback(controlDb);
    // The same leader goes on after a broken connection; after a death there is a new one.
    if (fault.isDeath) await takeOver();
    expect((await run()).status).toBe('published');
    await skipLookback(controlDb);
    await expectLedger(step);
    if (!fault.isDeath) await takeOver();
    await expectNothingLeftOver();
    if (isOver) return step;
  }
  throw new Error(`An increment's run has more than ${COMMANDS_MAX} commands.`);
}

async function expectUndisturbed(steps: number): Promise<void> {
  const recovered = await dump(pipeline);
  await startAnew(pipeline);
  const all = Array.from({ length: steps }, (_, index) => eventsOf(index + 1)).flat();
  await loadBronze(pipeline.warehouse, all);
  expect((await run()).status).toBe('published');
  expect(recovered).toEqual(await dump(pipeline));
}

const TIMEOUT_MS = 300_000;

it(
  'recovers when the process dies, at whatever command',
  async () => {
    const steps = await crashAtEach(DEATH_STRIDE, { isDeath: true, counts: () => true });
    expect(steps).toBeGreaterThan(FEWEST_DEATHS);
    await expectUndisturbed(steps);
  },
  TIMEOUT_MS,
);

it(
  'recovers when the connection breaks right after any publishing command',
  async () => {
    await startAnew(pipeline);
    const counts = (sql: string) => PUBLISHES.test(sql);
    const steps = await crashAtEach(BREAK_STRIDE, { isDeath: false, counts });
    expect(steps).toBeGreaterThan(FEWEST_BREAKS);
    await expectUndisturbed(steps);
  },
  TIMEOUT_MS,
);
