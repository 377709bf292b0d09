/**
 * Checks of every kind, on a small project: which rows are set aside, what holds a model, what a
 * person accepts, and what is written down of it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openValidationLog } from '../../src/platform/logging/validation-log.js';
import { assess, assessedTables } from '../../src/analytics/index.js';
import type { Runner } from '../../src/analytics/index.js';
import type { Project } from '../../src/analytics/compiler/model.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import type { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { openTestControlDb, openTestWarehouse, temporaryFolder } from '../support/stores.js';
import { daily, deliver, itemIds, smallProject, smallRunner } from './small-project.js';
import { LOOKBACK_SECONDS } from '../../src/analytics/runner/load-window.js';

let warehouse: Warehouse;
let controlDb: ControlDb;
const folder = () => temporaryFolder();

beforeAll(async () => {
  warehouse = await openTestWarehouse();
  controlDb = await openTestControlDb();
});

beforeEach(async () => {
  await warehouse.command('pipeline', 'truncate table bronze.events');
  await warehouse.command('pipeline', 'truncate table operations.quarantined_rows');
  await warehouse.command('pipeline', 'truncate table operations.failing_rows');
  await controlDb.dataSource.query(
    'delete from model_states; delete from quality_results; delete from accepted_checks',
  );
});

let leader: Runner | null = null;
afterEach(async () => {
  await leader?.stop();
});

const withChecks = (checks: Record<string, string[]>): Project =>
  smallProject(
    Object.fromEntries(
      Object.entries(checks).map(([path, list]) => [
        path,
        (text: string) => {
          const [head] = text.split('\nchecks:');
          return `${head}\nchecks:\n${list.map((check) => `  - ${check}`).join('\n')}\n`;
        },
      ]),
    ),
  );

const ITEMS = '2_silver/items.yml';
const LATEST = '2_silver/latest.yml';
const DAILY = '3_gold/daily.yml';

async function leading(project: Project, dataDir = folder()) {
  const runner = smallRunner(warehouse, controlDb, {
    project,
    validationLog: openValidationLog(dataDir),
  });
  leader = runner;
  await runner.lead();
  const run = async (target = 'all', accept?: string) => {
    const parameters = accept === undefined ? {} : { accept };
    const request = { target, trigger: 'request' as const, requestedBy: 'tester', parameters };
    const done = await runner.run(request);
    await controlDb.dataSource.query(
      `update watermarks set loaded_until = loaded_until + make_interval(secs => $1)
       where loaded_until <= now()`,
      [LOOKBACK_SECONDS],
    );
    return done;
  };
  const lines = () =>
    readFileSync(join(dataDir, 'logs', 'validation.log'), 'utf8')
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { runner, run, lines };
}

const results = () =>
  controlDb.dataSource.query<Record<string, unknown>[]>(
    `select model, check_name, partition, severity, outcome, failing_rows::int as failing,
       total_rows::int as total
     from quality_results order by id`,
  );

describe('row checks', () => {
  it('set aside what matches no pattern and publish the rest', async () => {
    const { run, lines } = await leading(
      withChecks({
        [ITEMS]: [
          `{ type: regex, column: item, pattern: '^[a-z]{2,9}$' }`,
          `{ type: accepted_values, column: source, values: [web] }`,
        ],
      }),
    );
    await deliver(warehouse, [
      { id: 'a', item: 'mug' },
      { id: 'b', item: 'MUG 7' },
      { id: 'c', item: 'cup' },
    ]);
    const { models } = await run();
    expect(models['silver.items']).toMatchObject({ status: 'published', rows_in: 3, rows: 2 });
    expect(models['silver.items']!.bytes).toBeGreaterThan(0);
    expect(await itemIds(warehouse)).toEqual(['a', 'c']);
    expect(await results()).toMatchObject([
      { check_name: 'regex_item', severity: 'row', failing: 1, total: 3 },
    ]);
    expect(lines()).toMatchObject([{ model: 'silver.items', check: 'regex_item', failing: 1 }]);
  });
});

describe('checks of a whole', () => {
  it.each([
    [
      'a relationship that does not hold',
      LATEST,
      '{ type: relationship, column: item, to: silver.items, field: source }',
      'silver.latest',
      'relationship_item',
    ],
    [
      'a sum that differs from that of another model',
      DAILY,
      '{ type: sum_equals, name: same_deliveries, sum: deliveries, of: silver.items, of_sum: "2", time_column: day, of_time_column: occurred_at }',
      'gold.daily',
      'same_deliveries',
    ],
    [
      'too few filled cells',
      DAILY,
      '{ type: completeness, columns: [deliveries], min: 1 }',
      '',
      '',
    ],
    [
      'an expression of its own',
      LATEST,
      `{ type: sql, name: none_twice, description: No item twice., sql: "select item from this() where deliveries > 1" }`,
      'silver.latest',
      'none_twice',
    ],
  ])('hold a model for %s', async (_, path, check, held, name) => {
    const { run } = await leading(withChecks({ [path]: [check] }));
    await deliver(warehouse, [{ id: 'a', item: 'mug' }, { id: 'b', item: 'mug' }, { id: 'c' }]);
    const { status, models } = await run();
    if (held === '') return expect(status).toBe('published');
    expect(status).toBe('held');
    expect(models[held]).toMatchObject({ status: 'held' });
    expect(models[held]!.reason).toContain(`The check ${name} failed for`);
    expect(await results()).toMatchObject([{ model: held, check_name: name, outcome: 'failed' }]);
  });

  it('pass within their tolerance and fail beyond it', async () => {
    const checks = (tolerance: number) => ({
      [LATEST]: [
        `{ type: range, column: deliveries, max: 1, severity: error, tolerance: ${tolerance} }`,
      ],
    });
    await deliver(warehouse, [{ id: 'a', item: 'mug' }, { id: 'b', item: 'mug' }, { id: 'c' }]);
    const loose = await leading(withChecks(checks(0.5)));
    expect((await loose.run()).status).toBe('published');
    await loose.runner.stop();
    await controlDb.dataSource.query('delete from model_states');
    const tight = await leading(withChecks(checks(0.4)));
    expect((await tight.run()).models['silver.latest']).toMatchObject({ status: 'held' });
  });

  it('holds a partition that lost most of its rows, the last good version serving', async () => {
    const project = withChecks({ [DAILY]: ['{ type: row_count_change, max_drop: 0.5 }'] });
    const { run } = await leading(project);
    const days = ['01', '02', '03', '04'].map((day) => ({
      id: `m${day}`,
      at: `2026-11-${day} 12:00:00.000`,
    }));
    await deliver(warehouse, days);
    expect((await run()).status).toBe('published');
    const standing = await daily(warehouse);
    // As if upstream had lost rows: its days are told dirty by one more.
    await warehouse.command(
      'pipeline',
      `alter table silver.items delete where message_id != 'm01' settings mutations_sync = 1`,
    );
    await controlDb.dataSource.query(
      `update publish_log set version = nextval('publish_versions') where model = 'silver.items'`,
    );
    const lost = await run();
    expect(lost.models['gold.daily']).toMatchObject({
      status: 'held',
      reason: 'The check row_count_change failed for 1 row.',
    });
    expect(await daily(warehouse)).toEqual(standing);
  });
});

describe('a held model', () => {
  const CHECKS = {
    [LATEST]: ['{ type: range, column: deliveries, max: 1, severity: error }'],
  };

  it('shows its failing rows, is told once, and is published on a person’s word', async () => {
    const { run, runner, lines } = await leading(withChecks(CHECKS));
    await deliver(warehouse, [{ id: 'a', item: 'mug' }, { id: 'b', item: 'mug' }, { id: 'c' }]);
    expect((await run()).status).toBe('held');
    expect((await run()).status).toBe('held');
    expect(lines()).toHaveLength(1);
    const rows = await warehouse.query<{ row: string }>(
      'reader',
      `select row from operations.failing_rows where model = 'silver.latest'`,
    );
    expect(rows.map(({ row }) => (JSON.parse(row) as { item: string }).item)).toEqual(['mug']);

    const accepted = await run('silver.latest', 'It was delivered twice.');
    expect(accepted).toMatchObject({
      status: 'published',
      requestedBy: 'tester',
      parameters: { accept: 'It was delivered twice.' },
    });
    const kept = await controlDb.dataSource.query<object[]>('select * from accepted_checks');
    expect(kept).toMatchObject([
      {
        model: 'silver.latest',
        check_name: 'range_deliveries',
        reason: 'It was delivered twice.',
        accepted_by: 'tester',
        run_id: accepted.id,
      },
    ]);
    expect((await runner.state.modelStates(['silver.latest']))[0]).toMatchObject({ status: 'ok' });

    // No more rows than were accepted pass; more of them hold again.
    await deliver(warehouse, [{ id: 'd', item: 'mug' }]);
    expect((await run()).status).toBe('published');
    await deliver(warehouse, [
      ...[
        { id: 'e', item: 'cup' },
        { id: 'f', item: 'cup' },
        { id: 'g', item: 'mug' },
      ],
    ]);
    expect((await run()).status).toBe('held');
  });
});

describe('the assessment of published tables', () => {
  it('scores completeness and accuracy, those set aside included', async () => {
    const project = withChecks({
      [ITEMS]: [
        '{ type: not_null, columns: [item] }',
        '{ type: freshness, column: occurred_at, max_age_seconds: 60 }',
      ],
    });
    const { run } = await leading(project);
    await deliver(warehouse, [
      ...Array.from({ length: 9 }, (_, index) => ({ id: `m${index}`, item: 'mug' })),
      { id: 'm9', item: '' },
    ]);
    await run();
    const table = assessedTables(project).find(({ name }) => name === 'silver.items')!;
    const found = await assess(warehouse, table, null);
    expect(found).toMatchObject({ rows: 9, set_aside: 1, accuracy: 0.9 });
    // Of the column that must be filled one cell of ten is empty.
    expect(found.completeness).toBeCloseTo(0.9, 10);
    expect(found.checks).toMatchObject([
      { name: 'not_null_item', passed: true, failing: 0, total: 9 },
      { name: 'freshness_occurred_at', severity: 'warn', passed: false },
    ]);
  });
});

describe('a check that cannot be', () => {
  it.each([
    ['names no column', '{ type: not_null, columns: [nowhere] }', 'nowhere, which is no column'],
    [
      'looks at what is not read',
      '{ type: relationship, column: item, to: gold.daily, field: day }',
      'gold.daily, which it does not read',
    ],
    ['is of no known type', '{ type: hope, columns: [item] }', 'must match exactly one schema'],
    [
      'sets rows aside for the whole',
      '{ type: completeness, columns: [item], min: 1, severity: row }',
      'must match exactly one schema',
    ],
  ])('is refused before anything runs: it %s', (_, check, words) => {
    expect(() => withChecks({ [ITEMS]: [check] })).toThrow(words);
  });
});
