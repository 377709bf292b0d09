/** What fails a row check is set aside; what fails a model check keeps its last good version. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadProject } from '../../src/analytics/project.js';
import type { PipelineRun } from '../../src/platform/control-db/entities/pipeline.entities.js';
import { createRunner, loadBronze, openTestPipeline } from '../support/pipeline.js';
import type { BronzeEvent, TestPipeline } from '../support/pipeline.js';
import { temporaryFolder } from '../support/stores.js';
import {
  expectRows,
  increment,
  line,
  placed,
  refunded,
  skipLookback,
  startAnew,
} from './golden.js';

const MODELS = fileURLToPath(new URL('../../src/analytics/models', import.meta.url));
const AT = '2026-11-05T10:00:00Z';

let pipeline: TestPipeline;
beforeAll(async () => {
  pipeline = await openTestPipeline();
});

const order = (id: string, rest: Partial<BronzeEvent> = {}) => placed(id, AT, { total: 10 }, rest);
const run = () => pipeline.runner.run({ target: 'streaming', trigger: 'request' });
const rows = (sql: string, drawn: string) => expectRows(pipeline.warehouse, sql, drawn);
const quarantinedIn = ({ models }: PipelineRun) =>
  Object.fromEntries(
    Object.entries(models).flatMap(([name, { quarantined }]) =>
      quarantined > 0 ? [[name, quarantined]] : [],
    ),
  );

describe('a row check', () => {
  const QUARANTINE = `
    select model, check_name, replaceAll(row_key, '|', '/') as row_key, count()
    from operations.quarantined_rows group by all order by all`;
  const SET_ASIDE = `
    silver.events       | not_null_visitor_id | web/nobody | 1
    silver.order_events | not_null_gross      | web/huge   | 1
    silver.orders       | not_null_currency   | o-nowhere  | 1`;
  const huge = {
    ...placed('o-huge', AT, { products: [line('p1', 1_000_000, 900_000_000_000)] }),
    messageId: 'huge',
  };
  const nobody = { call: 'page', at: AT, messageId: 'nobody', visitor: '', user: '' };

  it('sets the row aside with its check and publishes the rest', async () => {
    const first = await increment(pipeline, [
      ...[order('o1'), huge, nobody],
      order('o-nowhere', { currency: '' }),
    ]);
    expect(quarantinedIn(first)).toEqual({
      'silver.events': 1,
      'silver.order_events': 1,
      'silver.orders': 1,
    });
    await rows(QUARANTINE, SET_ASIDE);
    await rows(
      `select JSONExtractString(row, 'order_id') as id,
         JSONExtractString(row, 'lines', 1, 'product_id') as product
       from operations.quarantined_rows where model = 'silver.order_events'`,
      'o-huge | p1',
    );
    await rows('select order_id, gross from silver.orders', 'o1 | 10');
    await rows('select sum(s.orders), sum(s.gross) from gold.sales_15m as s', '1 | 10');
  });

  it('does not set it aside again, neither on a replay nor on an idle run', async () => {
    const replay = await increment(pipeline, [order('o2'), huge, nobody]);
    expect(quarantinedIn(replay)).toEqual({});
    expect(quarantinedIn(await run())).toEqual({});
    await rows(QUARANTINE, SET_ASIDE);
    await rows('select order_id from silver.orders order by order_id', 'o1 \n o2');
  });

  it('publishes the order once a sound report of it arrives', async () => {
    await increment(pipeline, [placed('o-huge', AT, { products: [line('p1', 1, 7)] })]);
    await increment(pipeline, [
      placed('o-nowhere', '2026-11-05T09:00:00Z', { total: 3 }, { currency: 'EUR' }),
    ]);
    await rows(
      'select order_id, currency, gross from silver.orders order by order_id',
      `o-huge    | USD | 7
       o-nowhere | EUR | 3
       o1        | USD | 10
       o2        | USD | 10`,
    );
  });

  it('lives through a price that no decimal holds', async () => {
    const properties = { product_id: 'p9', name: 'Nine', price: 1e30 };
    await increment(pipeline, [{ event: 'Widget Seen', at: AT, properties }]);
    await rows(
      `select product_id, name, price from silver.products where product_id = 'p9'`,
      'p9 | Nine | null',
    );
  });

  it('takes a negative price as not told and the rest of the product as told', async () => {
    const seen = (at: string, name: string, price: number) => ({
      event: 'Widget Seen',
      at,
      properties: { product_id: 'p8', name, price },
    });
    const told = await increment(pipeline, [
      seen('2026-11-05T10:00:00Z', 'Eight', 8),
      seen('2026-11-05T11:00:00Z', 'Eight again', -1),
    ]);
    expect(quarantinedIn(told)).toEqual({});
    await rows(
      `select product_id, name, price from silver.products where product_id = 'p8'`,
      'p8 | Eight again | 8',
    );
  });
});

describe.each(['silver.orders', 'gold.sales_15m'])('a model check of %s that fails', (model) => {
  const sales = (drawn: string) =>
    rows('select sum(s.orders), sum(s.refunds) from gold.sales_15m as s', drawn);
  const states = async () => {
    const all = await pipeline.runner.state.modelStates();
    return Object.fromEntries(all.map((state) => [state.model, state]));
  };

  beforeAll(async () => {
    const { warehouse, controlDb } = pipeline;
    await startAnew(pipeline);
    await pipeline.runner.stop();
    await warehouse.command(
      'pipeline',
      'create or replace table operations.test_blocked (reason String) engine = Memory',
    );
    pipeline.runner = createRunner(warehouse, controlDb, projectWithSwitch(model));
    await pipeline.runner.lead();
    await increment(pipeline, [order('o1'), order('o2')]);
    await warehouse.command('pipeline', `insert into operations.test_blocked values ('test')`);
  });

  it('holds it: readers keep the last good version, the rest goes on', async () => {
    const before = await states();
    await loadBronze(pipeline.warehouse, [order('o3'), refunded('o1', AT, { total: 4 })]);
    const held = await run();
    expect(held.status).toBe('held');
    const reason = 'The check switched_off failed for 1 row.';
    expect(held.models[model]).toMatchObject({ status: 'held', reason });
    await skipLookback(pipeline.controlDb);

    // Refunds do not wait for orders that are held; only what is held stands still.
    await sales(model === 'silver.orders' ? '2 | 4' : '2 | 0');
    await rows("select countIf(order_id = 'o3') from silver.order_events", '1');
    const after = await states();
    expect(after[model]).toMatchObject({ status: 'held', reason });
    expect(after['gold.sales_15m']!.asOf).toEqual(before['gold.sales_15m']!.asOf);
    const traffic = (found: typeof after) => found['gold.traffic_15m']!.asOf!.getTime();
    expect(traffic(after)).toBeGreaterThan(traffic(before));
    const run2 = await run();
    expect(run2.models[model]).toMatchObject({ status: 'held', reason });
  });

  it('publishes all that was held once the cause is gone', async () => {
    await pipeline.warehouse.command('pipeline', 'truncate table operations.test_blocked');
    const freed = await run();
    expect(freed.status).toBe('published');
    expect(freed.models[model]!.status).toBe('published');
    await sales('3 | 4');
    const { status, reason, asOf } = (await states())[model]!;
    expect({ status, reason, asOf }).toEqual({ status: 'ok', reason: null, asOf: freed.startedAt });
  });
});

/** The real project, with a check of one model that a row in a table makes fail. */
function projectWithSwitch(model: string) {
  const folder = temporaryFolder();
  cpSync(MODELS, folder, { recursive: true });
  const path = join(
    folder,
    `${model.replace('silver.', '2_silver/').replace('gold.', '3_gold/')}.yml`,
  );
  const check = `
  - type: sql
    name: switched_off
    description: Nothing stands in the table of this test.
    sql: >
      select 1 from (select count() as rows from this()) as stage
      where (select count() from operations.test_blocked) > 0
`;
  writeFileSync(path, readFileSync(path, 'utf8').trimEnd() + check);
  return loadProject(folder);
}
