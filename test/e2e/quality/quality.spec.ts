/**
 * A model that is held, from the first answer that says so to a person's word that releases it; and
 * the runs behind it, over REST, GraphQL and the command line, which say the same.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { QualityReport } from '../../../src/modules/quality/quality-report.js';
import type { PipelineRun } from '../../../src/platform/control-db/entities/pipeline.entities.js';
import { loadRecords, type BronzeRecord } from '../../support/records.js';
import { orderCompleted, startTestService, type TestService } from '../../support/service.js';
import { cartograph } from '../../support/spawned-service.js';
import { createTestDatabase, temporaryFolder } from '../../support/stores.js';
import { postGraphql } from '../sales/client.js';

const MODEL = 'silver.ad_spend';
const CHECK = 'spend_within_usual';
const REASON = 'The agency confirmed it.';

let service: TestService;
let dataDir: string;
let key: string;

const spend = (day: number, amount: number, at = '2026-03-20T10:00:00Z'): BronzeRecord => ({
  ...{ origin: 'file', source: 'ads', entity: 'ad_spend', id: `spring-${day}`, at },
  fields: {
    ...{ date: `2026-03-${String(day).padStart(2, '0')}`, campaign: 'spring', source: 'google' },
    ...{ medium: 'cpc', impressions: 100, clicks: 10, spend: amount, currency: 'USD' },
  },
});

const get = async <T>(path: string) => {
  const response = await service.get(path, key);
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: T }).data;
};
const post = (path: string, body?: object) =>
  fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  });
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

/** Waits for the end of what was started; `path` answers how it stands. */
async function ended<T extends { status: string }>(started: Response, path: string): Promise<T> {
  expect(started.status).toBe(202);
  const { data } = (await started.json()) as { data: { id: string } };
  for (;;) {
    const found = await get<T>(`${path}/${data.id}`);
    if (found.status !== 'running') return found;
    await pause(50);
  }
}
const run = async (body: object) =>
  ended<PipelineRun>(await post('/api/v1/pipelines/runs', body), '/api/v1/pipelines/runs');
const report = async () =>
  (
    await ended<{ status: string; report: QualityReport }>(
      await post('/api/v1/quality/reports'),
      '/api/v1/quality/reports',
    )
  ).report;

beforeAll(async () => {
  dataDir = temporaryFolder();
  service = await startTestService({ dataDir, databaseUrl: await createTestDatabase() });
  key = await service.key('pipelines:run', 'campaigns:read');
  const order = orderCompleted('1', { at: '2026-03-10T10:00:00Z', price: 40, user: 'user-1' });
  await service.post('/v1/batch', { batch: [order] }, await service.key('events:write'));
  const days = Array.from({ length: 10 }, (_, index) => spend(index + 1, 5));
  await loadRecords(service.platform.warehouse, days);
  expect((await run({ target: 'all' })).status).toBe('published');
});

describe('a model whose check fails', () => {
  it('is held: answers go on with the last good version and say so', async () => {
    await loadRecords(service.platform.warehouse, [spend(10, 700, '2026-03-21T10:00:00Z')]);
    const held = await run({ target: 'all' });
    expect(held.status).toBe('held');
    expect(held.models[MODEL]).toMatchObject({
      status: 'held',
      reason: `The check ${CHECK} failed for 1 row.`,
    });
    const path = '/api/v1/campaigns/summary?metrics=spend&from=2026-03-01&to=2026-04-01';
    const answer = (await (await service.get(path, key)).json()) as {
      data: { spend: { value: string } };
      meta: { held: string[]; asOf: string };
    };
    expect(answer.data.spend.value).toBe('50.00');
    expect(answer.meta.held).toEqual([MODEL]);
    expect(Date.parse(answer.meta.asOf)).toBeLessThan(Date.parse(String(held.startedAt)));
  });

  it('shows which rows fail, in the answer, on the command line and as a line of the log', async () => {
    const rows = await get<{ check: string; state: string; row: Record<string, unknown> }[]>(
      `/api/v1/quality/models/${MODEL}/failing-rows?check=${CHECK}`,
    );
    expect(rows).toMatchObject([
      { check: CHECK, state: 'held', row: { record_id: 'spring-10', campaign: 'spring' } },
    ]);
    const told = await cartograph(['quality', 'rows', MODEL, '--data-dir', dataDir]);
    expect(JSON.parse(told.stdout)).toEqual(rows[0]);
    const results = await get<object[]>(`/api/v1/quality/results?model=${MODEL}`);
    expect(results).toMatchObject([{ check: CHECK, outcome: 'failed', failing: 1, total: 1 }]);
    const lines = readFileSync(join(dataDir, 'logs', 'validation.log'), 'utf8')
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      { model: MODEL, check: CHECK, severity: 'error', failing: 1 },
    ]);
    for (const path of ['models/gold.nothing/failing-rows', 'reports/none']) {
      expect((await service.get(`/api/v1/quality/${path}`, key)).status).toBe(404);
    }
  });

  it('is in the report, which is one page, and the same over GraphQL', async () => {
    const made = await report();
    expect(made.held).toEqual([{ model: MODEL, reason: `The check ${CHECK} failed for 1 row.` }]);
    const table = made.tables.find(({ table: name }) => name === 'silver.orders')!;
    expect(table).toMatchObject({ rows: 1, completeness: 1, accuracy: 1 });
    expect(table.checks.map(({ name }) => name)).toContain('unique_order_id');
    expect(made.summary).toMatchObject({ below_target: [] });

    const page = await fetch(`${service.url}/api/v1/quality/reports/latest`, {
      headers: { authorization: `Bearer ${key}`, accept: 'text/html' },
    });
    const html = await page.text();
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(html).toContain(`<b>${MODEL}</b> is held back`);
    // Nothing is fetched from elsewhere.
    expect(html).not.toMatch(/<(script|link|img)|url\(/);

    const { body } = await postGraphql(
      service,
      key,
      '{ qualityReport { id held tables { table rows completeness checks { name passed } } } ' +
        'qualityScores { table completeness accuracy isBelowTarget } }',
    );
    expect(body.data!['qualityReport']).toMatchObject({
      id: made.id,
      held: [MODEL],
      tables: made.tables.map(({ table: name, rows }) => ({ table: name, rows })),
    });
    const scores = body.data!['qualityScores'] as { table: string }[];
    expect(scores.map(({ table: name }) => name).sort()).toEqual(
      made.tables.map(({ table: name }) => name).sort(),
    );
  });

  it('is published on a person’s word, which is kept, and passes until it gets worse', async () => {
    const refused = await post('/api/v1/pipelines/runs', { target: 'all', accept: REASON });
    expect([refused.status, await codeOf(refused)]).toEqual([400, 'invalid_parameter']);
    const told = await cartograph([
      ...['run', MODEL, '--accept', REASON, '--json', '--data-dir', dataDir],
    ]);
    expect(told.code).toBe(0);
    const accepted = JSON.parse(told.stdout) as PipelineRun;
    expect(accepted).toMatchObject({ status: 'published', parameters: { accept: REASON } });
    expect((await run({ target: 'all' })).status).toBe('published');
    const made = await report();
    expect(made.held).toEqual([]);
    expect(made.accepted).toMatchObject([
      { model: MODEL, check: CHECK, rows: 1, reason: REASON, by: accepted.requestedBy },
    ]);
    const results = await get<object[]>(`/api/v1/quality/results?model=${MODEL}`);
    expect(results).toContainEqual(expect.objectContaining({ outcome: 'accepted' }));
  });
});

describe('runs', () => {
  const listed = () => get<PipelineRun[]>('/api/v1/pipelines/runs?limit=50');

  it('are the same over REST, GraphQL and the command line', async () => {
    const held = (await get<PipelineRun[]>('/api/v1/pipelines/runs?status=held'))[0]!;
    const { body } = await postGraphql(
      service,
      key,
      `{ pipelineRun(id: "${held.id}") { id status requestedBy tasks { model status rowsIn rows
         bytes attempts version reason checkpoints { upstream after until } } } }`,
    );
    const shown = body.data!['pipelineRun'] as { tasks: { model: string }[] };
    expect(shown).toMatchObject({ id: held.id, status: 'HELD', requestedBy: held.requestedBy });
    for (const [model, task] of Object.entries(held.models)) {
      const twin = shown.tasks.find((one) => one.model === model);
      expect(twin).toMatchObject({
        ...{ status: task.status, rowsIn: task.rows_in, rows: task.rows, bytes: task.bytes },
        ...{ attempts: task.attempts, version: task.version },
      });
    }
    const list = await cartograph(['runs', 'list', '--json', '--data-dir', dataDir]);
    expect((JSON.parse(list.stdout) as PipelineRun[])[0]!.id).toBe((await listed())[0]!.id);
    const show = await cartograph(['runs', 'show', held.id, '--data-dir', dataDir]);
    expect(show.code).toBe(2);
    expect(show.stdout).toContain(MODEL);
    expect(show.stdout).toContain(`The check ${CHECK} failed for 1 row.`);
  });

  it('that are over can be retried, not cancelled', async () => {
    const { id } = (await listed())[0]!;
    const late = await post(`/api/v1/pipelines/runs/${id}/cancellation`);
    expect([late.status, await codeOf(late)]).toEqual([409, 'run_is_over']);
    const retried = await cartograph(['runs', 'retry', id, '--json', '--data-dir', dataDir]);
    expect(JSON.parse(retried.stdout)).toMatchObject({ retryOf: id, status: 'published' });
    const none = await post('/api/v1/pipelines/runs/none/retry');
    expect([none.status, await codeOf(none)]).toEqual([404, 'not_found']);
  });

  it('of a backfill tell how far it is', async () => {
    const done = await cartograph([
      ...['backfill', 'silver.orders', '--from', '2026-03-01', '--to', '2026-04-01'],
      ...['--json', '--data-dir', dataDir],
    ]);
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout)).toMatchObject({
      ...{ trigger: 'backfill', status: 'published', progress: { done: 1, total: 1 } },
      parameters: { from: '2026-03-01', to: '2026-04-01' },
    });
    const wrong = await post('/api/v1/pipelines/backfills', {
      from: '2026-04-01',
      to: '2026-03-01',
    });
    expect([wrong.status, await codeOf(wrong)]).toEqual([400, 'invalid_parameter']);
  });

  it('are nobody’s but those who may run pipelines', async () => {
    const sales = await service.key('sales:read');
    const { body } = await postGraphql(
      service,
      sales,
      'mutation { startRun(target: "all") { id } }',
    );
    expect(body.errors![0]!.extensions.code).toBe('forbidden');
    expect(existsSync(join(dataDir, 'logs', 'validation.log'))).toBe(true);
  });
});
