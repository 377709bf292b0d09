/**
 * Alerts of a whole service: every kind that its stores tell of, over REST, GraphQL, Prometheus and
 * the command line, and a test notification to every channel.
 */
import { newRun } from '../../../src/analytics/runner/run-record.js';
import { randomUUID } from 'node:crypto';
import { Runner } from '../../../src/analytics/index.js';
import { ShopSource } from '../../../src/ingest/index.js';
import { AlertsSchedule } from '../../../src/modules/alerts/alerts.schedule.js';
import type { AlertView, ChannelTest } from '../../../src/modules/alerts/alerts.service.js';
import { deliver } from '../../integration/small-project.js';
import { startReceiver, type Receiver } from '../../support/receiver.js';
import { startTestService, type TestService } from '../../support/service.js';
import { cartograph } from '../../support/spawned-service.js';
import { createTestDatabase, temporaryFolder } from '../../support/stores.js';
import { postGraphql } from '../sales/client.js';

const HOUR_MS = 3_600_000;
const KEY = 'routingkey0123456789';

let service: TestService;
let receiver: Receiver;
let key: string;
let dataDir: string;

const get = async <T>(path: string) =>
  ((await (await service.get(path, key)).json()) as { data: T }).data;
const list = (query = '') => get<AlertView[]>(`/api/v1/alerts${query}`);
const post = (path: string) =>
  fetch(`${service.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${key}` } });

beforeAll(async () => {
  receiver = await startReceiver();
  dataDir = temporaryFolder();
  service = await startTestService({
    dataDir,
    shopDatabaseUrl: await createTestDatabase(),
    alertWebhookUrl: `${receiver.url}/hook`,
    alertSlackUrl: `${receiver.url}/slack`,
    alertPagerdutyKey: KEY,
    alertPagerdutyUrl: `${receiver.url}/enqueue`,
    allowPrivateWebhooks: 'true',
  });
  key = await service.key('pipelines:run');
});

/** As if the service had stood for a week, and nothing had come nor been made for hours. */
async function neglect(): Promise<void> {
  const { controlDb, warehouse } = service.platform;
  const query = (sql: string, parameters: unknown[] = []) =>
    controlDb.dataSource.query(sql, parameters);
  await deliver(warehouse, [{ id: 'a', loadedAt: new Date(Date.now() - 2 * HOUR_MS) }]);
  await query(`update leader_epochs set acquired_at = now() - interval '7 days'`);
  const finishedAt = new Date(Date.now() - HOUR_MS);
  const run = newRun({ target: 'streaming', trigger: 'schedule' }, finishedAt);
  const failed = { status: 'failed', epoch: '1', error: 'Error TIMEOUT', finishedAt } as const;
  await service.app.get(Runner).state.saveRun({ ...run, ...failed });
  await query(
    `insert into quality_scores (model, scored_at, rows, completeness, accuracy)
     values ('silver.orders', now() - interval '1 day', 10, 0.5, 0.5),
       ('silver.orders', now(), 10, 0.99, 0.98), ('silver.refunds', now(), 10, 1, 1),
       ('silver.gone', now(), 10, 0, 0)`,
  );
  const report = randomUUID();
  await query(
    `insert into reports values ($1, 'executive', 'day', '2026-11-04', '{}', '', now())`,
    [report],
  );
  await query(
    `insert into report_deliveries (report_id, channel, attempts, next_at, error)
     values ($1, 'webhook', 3, now(), 'answered 500'), ($1, 'folder', 2, now(), 'EACCES')`,
    [report],
  );
  // The shop's database has none of the tables of its mapping.
  await service.app.get(ShopSource, { strict: false }).extract({}, 'test');
}

it('nothing is wrong with a service that has just begun', async () => {
  await service.app.get(AlertsSchedule, { strict: false }).tick();
  expect(await list('?state=all')).toEqual([]);
  expect(receiver.received).toEqual([]);
});

it('every kind is found, and told to every channel', async () => {
  await neglect();
  const { controlDb } = service.platform;
  await controlDb.dataSource.query(`update alert_evaluation set evaluated_at = '1970-01-01'`);
  await service.app.get(AlertsSchedule, { strict: false }).tick();
  const found = (await list()).map(({ kind, subject, detail }) => ({ kind, subject, detail }));
  const stale = found.filter(({ kind }) => kind === 'model_stale').map(({ subject }) => subject);
  // What the others are made of; nobody is told of these too.
  expect(stale).toContain('silver.events');
  expect(stale).not.toContain('gold.sales_15m');
  expect(found.filter(({ kind }) => kind !== 'model_stale')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'run_failed', subject: 'streaming' }),
      expect.objectContaining({ kind: 'ingestion_silent', subject: 'events' }),
      expect.objectContaining({
        kind: 'source_stale',
        detail: 'It was last read at no time yet. The last extraction failed: source_mismatch.',
      }),
      {
        kind: 'quality_below_target',
        subject: 'silver.orders',
        detail: 'accuracy 98.0% of 99.0%.',
      },
      expect.objectContaining({ kind: 'report_undelivered', subject: 'webhook' }),
    ]),
  );
  expect(found).toHaveLength(stale.length + 5);
  expect(receiver.received).toHaveLength(3 * found.length);
  const text = await (await fetch(`${service.url}/metrics`)).text();
  expect(text).toContain('cartograph_alerts_open{kind="ingestion_silent"} 1');
  expect(text).toContain('cartograph_alerts_open{kind="model_held"} 0');
  const sent = new RegExp(
    `cartograph_alert_deliveries_total{channel="slack",outcome="delivered"} ${found.length}`,
  );
  expect(text).toMatch(sent);
});

it('REST lists, shows and acknowledges, and refuses what it does not know', async () => {
  expect(await list('?state=resolved')).toEqual([]);
  const [first] = await list('?state=all');
  expect(await get(`/api/v1/alerts/${first!.id}`)).toEqual(first);
  const taken = await post(`/api/v1/alerts/${first!.id}/acknowledge`);
  const { data } = (await taken.json()) as { data: AlertView };
  expect(data).toMatchObject({ id: first!.id, acknowledged_by: expect.stringMatching(/^test-/) });
  const again = await post(`/api/v1/alerts/${first!.id}/acknowledge`);
  expect(await again.json()).toEqual({ data });
  const codes = ['?state=some', '?status=open', `/${randomUUID()}`, '/x'].map(async (path) => {
    const response = await service.get(`/api/v1/alerts${path}`, key);
    return [response.status, ((await response.json()) as { code: string }).code];
  });
  expect(await Promise.all(codes)).toEqual([
    ...[
      [400, 'invalid_parameter'],
      [400, 'unknown_parameter'],
    ],
    ...[
      [404, 'not_found'],
      [404, 'not_found'],
    ],
  ]);
});

it('GraphQL says the same', async () => {
  const rest = await list();
  const { body } = await postGraphql(
    service,
    key,
    '{ alerts { id kind severity dedupKey acknowledgedBy deliveries { channel event error } } }',
  );
  expect(body.errors).toBeUndefined();
  const alerts = body.data!['alerts'] as unknown as Record<string, unknown>[];
  expect(alerts.map(({ id, kind, dedupKey }) => [id, kind, dedupKey])).toEqual(
    rest.map(({ id, kind, dedup_key }) => [id, kind.toUpperCase(), dedup_key]),
  );
  expect(alerts[0]).toMatchObject({
    deliveries: ['PAGERDUTY', 'SLACK', 'WEBHOOK'].map((channel) => ({
      ...{ channel, event: 'OPENED', error: null },
    })),
  });
});

it('a test tells every channel at once, and leaves no incident behind', async () => {
  receiver.received.length = 0;
  receiver.answers['/slack'] = [404];
  const { data } = (await (await post('/api/v1/alerts/test')).json()) as { data: ChannelTest[] };
  expect(data).toEqual([
    { channel: 'webhook', delivered: true, error: null },
    { channel: 'slack', delivered: false, error: 'answered 404' },
    { channel: 'pagerduty', delivered: true, error: null },
  ]);
  const [trigger, resolve] = receiver.received.filter(({ path }) => path === '/enqueue');
  expect([trigger!.body['event_action'], resolve!.body['event_action']]).toEqual([
    ...['trigger', 'resolve'],
  ]);
  expect(resolve!.body['dedup_key']).toBe(trigger!.body['dedup_key']);
  const hook = receiver.received.find(({ path }) => path === '/hook')!;
  expect(hook.body).toMatchObject({ type: 'alert.test' });
  // Without a secret nothing is signed.
  expect(hook.headers['x-cartograph-signature']).toBeUndefined();
});

it('the command line does the same', async () => {
  const run = (...args: string[]) => cartograph(['alerts', ...args, '--data-dir', dataDir]);
  const [first, second] = await list();
  const [listed, shown, taken, unknown, tested] = await Promise.all([
    run('list'),
    run('show', first!.id),
    run('acknowledge', second!.id),
    run('show', 'x'),
    run('test'),
  ]);
  expect(listed).toMatchObject({ code: 0, stderr: '' });
  expect(listed.stdout).toMatch(
    /^id +severity +kind +subject +opened +resolved +taken by +summary/,
  );
  expect(listed.stdout).toContain('No event arrived for 60 minutes');
  expect(JSON.parse(shown.stdout)).toMatchObject({ id: first!.id, remedy: first!.remedy });
  expect(taken.stdout).toBe(`${second!.summary}: taken care of by command line.\n`);
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toContain('No alert has this id.');
  expect(tested.code).toBe(0);
  expect(tested.stdout).toMatch(/webhook +delivered\nslack +delivered\npagerduty +delivered\n$/);
  receiver.answers['/hook'] = [500];
  expect(await run('test', '--json')).toMatchObject({ code: 1, stderr: '' });
});
