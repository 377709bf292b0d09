/**
 * A backfill makes every table what it would be had all been made anew, from bronze alone and while
 * increments go on.
 */
import { storedTables } from '../../src/analytics/runner/tables.js';
import { openTestPipeline, type TestPipeline } from '../support/pipeline.js';
import { dump, runOnce, startAnew } from './golden.js';
import { LOADS } from './increments.js';
import { expectLedgersAgree, load } from './stories.js';

/** Says when credits were made, which a backfill makes once more. */
const MADE_ANEW = ['gold.attribution_credits'];

let pipeline: TestPipeline;
let undisturbed: Record<string, string[]>;

beforeAll(async () => {
  pipeline = await openTestPipeline();
  for (const part of LOADS) {
    await load(pipeline, part);
    await runOnce(pipeline, 'all');
  }
  undisturbed = await dump(pipeline, names());
});

const names = () => pipeline.runner.project.models.map(({ name }) => name);

const backfill = () =>
  pipeline.runner.backfill({
    ...{ target: 'all', trigger: 'backfill', requestedBy: 'tester' },
    parameters: { from: '1970-01-01', to: '2100-01-01' },
  });

/** Every row that models made is gone; what they remember of it stays. */
async function loseEverything(): Promise<void> {
  for (const model of pipeline.runner.project.models) {
    if (model.kind === 'view') continue;
    for (const table of storedTables(model)) {
      await pipeline.warehouse.command('pipeline', `truncate table ${table}`);
    }
  }
}

async function expectUndisturbed(): Promise<void> {
  const found = await dump(pipeline, names());
  const differing = names().filter(
    (name) =>
      !MADE_ANEW.includes(name) &&
      JSON.stringify(found[name]) !== JSON.stringify(undisturbed[name]),
  );
  process.stdout.write(
    `backfill: ${names().length} tables, ${Object.values(found).flat().length} rows, ` +
      `${differing.length} differing\n`,
  );
  for (const name of differing)
    expect({ [name]: found[name] }).toEqual({ [name]: undisturbed[name] });
}

it('brings back every table whose rows are lost', async () => {
  await loseEverything();
  const { finished } = await backfill();
  const run = await finished;
  expect({ status: run.status, error: run.error }).toEqual({ status: 'published', error: null });
  expect(run.progress).toMatchObject({ next: null });
  expect(run.progress!.done).toBe(run.progress!.total);
  await expectLedgersAgree(pipeline);
  await expectUndisturbed();
});

it('changes nothing of what stands', async () => {
  await (
    await backfill()
  ).finished;
  await expectUndisturbed();
});

it('goes together with increments that come meanwhile', async () => {
  await startAnew(pipeline);
  for (const part of LOADS.slice(0, -1)) {
    await load(pipeline, part);
    await runOnce(pipeline, 'all');
  }
  await loseEverything();
  const { finished } = await backfill();
  await load(pipeline, LOADS.at(-1)!);
  let isOver = false;
  void finished.finally(() => (isOver = true));
  let ticks = 0;
  while (!isOver) if (await pipeline.runner.tick('streaming')) ticks += 1;
  expect((await finished).status).toBe('published');
  expect(ticks).toBeGreaterThan(3);
  await runOnce(pipeline, 'all');
  await expectLedgersAgree(pipeline);
  await expectUndisturbed();
}, 300_000);
