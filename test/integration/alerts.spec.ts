/**
 * Alerts over a real pipeline and real sockets: a model is held, told of, released and over; two
 * services look at once; receivers fail, and each is told once and in order.
 */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';
import { SchedulerRegistry } from '@nestjs/schedule';
import { pino } from 'pino';
import { SCHEDULES } from '../../src/analytics/index.js';
import type { Runner } from '../../src/analytics/runner/runner.js';
import { AlertBook } from '../../src/modules/alerts/alert-book.js';
import { AlertsSchedule } from '../../src/modules/alerts/alerts.schedule.js';
import { AlertsService } from '../../src/modules/alerts/alerts.service.js';
import { Channels, type ChannelConfig } from '../../src/modules/alerts/channels.js';
import { STALE_AFTER_MS } from '../../src/modules/alerts/conditions.js';
import { Notifications } from '../../src/modules/alerts/notifications.js';
import { StateReader } from '../../src/modules/alerts/state-reader.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import { Telemetry } from '../../src/platform/telemetry/telemetry.js';
import type { Warehouse } from '../../src/platform/warehouse/warehouse.js';
import { startReceiver, type Receiver } from '../support/receiver.js';
import { openTestControlDb, openTestWarehouse } from '../support/stores.js';
import { deliver, SetClock, smallProject, smallRunner } from './small-project.js';

const SECRET = 'a secret of the receiver';
const KEY = 'routingkey0123456789';
const SWITCH = `
checks:
  - type: sql
    name: switched_off
    description: Nothing stands in the table of this test.
    sql: >
      select 1 from (select count() as rows from this()) as stage
      where (select count() from operations.test_blocked) > 0
`;
const project = smallProject({ '3_gold/daily.yml': (text) => text + SWITCH });

let warehouse: Warehouse;
let controlDb: ControlDb;
let runner: Runner;
let receiver: Receiver;
let config: ChannelConfig;
const clock = new SetClock(new Date());
const telemetry = new Telemetry();
/** All that was logged, as it was. */
let logged = '';
const logger = pino(
  { level: 'trace' },
  new Writable({
    write(line: Buffer, _, done) {
      logged += line.toString();
      done();
    },
  }),
);

/** As another process would have it. */
function service(changed: Partial<ChannelConfig> = {}) {
  const channels = new Channels({ ...config, ...changed }, clock);
  const platform = {
    ...{ controlDb, warehouse, clock, telemetry, logger },
    config: { schedules: 'on' as const, ingestionSilenceMinutes: 0 },
  };
  const registry = new SchedulerRegistry();
  const shop = {
    isConnected: () => false,
    connected: () => {
      throw new Error('No shop is connected.');
    },
  };
  const parts = {
    reader: new StateReader(project, shop, platform),
    book: new AlertBook(controlDb.dataSource),
    channels,
    notifications: new Notifications(channels, platform),
  };
  return {
    ...parts,
    registry,
    alerts: new AlertsService(controlDb.dataSource, channels, clock),
    schedule: new AlertsSchedule(registry, parts, platform),
  };
}

const pass = (seconds: number) => (clock.time = new Date(clock.time.getTime() + seconds * 1000));
const run = () => runner.run({ target: 'all', trigger: 'request' });
const told = (path: string) => receiver.received.filter((one) => one.path === path);
const block = () =>
  warehouse.command('pipeline', `insert into operations.test_blocked values ('test')`);
const release = () => warehouse.command('pipeline', 'truncate table operations.test_blocked');
const events = (path: string) =>
  told(path).map(({ body }) => body['type'] ?? body['event_action'] ?? body['text']);

beforeAll(async () => {
  warehouse = await openTestWarehouse();
  controlDb = await openTestControlDb();
  receiver = await startReceiver();
  config = {
    alertWebhookUrl: `${receiver.url.replace('//', '//user:password@')}/hook?token=secret-token`,
    alertWebhookSecret: SECRET,
    alertSlackUrl: `${receiver.url}/slack/secret-token`,
    alertPagerdutyKey: KEY,
    alertPagerdutyUrl: `${receiver.url}/enqueue`,
    allowPrivateWebhooks: true,
  };
  await warehouse.command(
    'pipeline',
    'create table operations.test_blocked (reason String) engine = Memory',
  );
  runner = smallRunner(warehouse, controlDb, { project });
  await runner.lead();
  await deliver(warehouse, [{ id: 'a' }]);
  expect(await run()).toMatchObject({ status: 'published' });
});

/** How the documentation verifies a signature. */
function documented() {
  const page = readFileSync('docs/alerts.md', 'utf8');
  const code = /^```js\n([\s\S]*?)^```$/m.exec(page)![1]!;
  const define = new Function('require', `${code}; return isFromCartograph;`);
  return define(createRequire(import.meta.url)) as (
    secret: string,
    headers: object,
    rawBody: string,
    nowSeconds: number,
  ) => boolean;
}

const HOOK = '/hook?token=secret-token';
const SLACK = '/slack/secret-token';
const PAGERDUTY = '/enqueue';

describe('a model that is held', () => {
  let id: string;

  it('is an alert, opened once by two services that look at once', async () => {
    const [one, two] = [service(), service()];
    expect(await one.schedule.evaluate()).toEqual({ opened: [], resolved: [] });
    await block();
    await deliver(warehouse, [{ id: 'b' }]);
    expect(await run()).toMatchObject({ status: 'held' });
    pass(15);
    const found = await Promise.all([one.schedule.evaluate(), two.schedule.evaluate()]);
    expect(found.flatMap((changes) => changes?.opened ?? [])).toMatchObject([
      { kind: 'model_held', subject: 'gold.daily' },
    ]);
    const open = await one.alerts.list();
    expect(open).toMatchObject([
      {
        kind: 'model_held',
        severity: 'error',
        summary: 'gold.daily is held: a check failed',
        detail: expect.stringMatching(
          /^The check switched_off failed for 1 row\. Its version as of \S+ keeps serving\.$/,
        ),
        remedy: expect.stringContaining('cartograph run'),
        resolved_at: null,
      },
    ]);
    id = open[0]!.id;
    expect(await telemetry.registry.getSingleMetricAsString('cartograph_alerts_open')).toContain(
      'cartograph_alerts_open{kind="model_held"} 1',
    );
  });

  it('is told to every receiver once, signed, in its own form', async () => {
    await Promise.all([service(), service()].map(({ notifications }) => notifications.send()));
    await service().notifications.send();
    const [hook] = told(HOOK);
    const timestamp = String(hook!.headers['x-cartograph-timestamp']);
    const digest = createHmac('sha256', SECRET).update(`${timestamp}.${hook!.text}`).digest('hex');
    expect(hook!.headers).toMatchObject({
      'x-cartograph-signature': `sha256=${digest}`,
      'x-cartograph-delivery': `${id}:opened`,
      authorization: `Basic ${Buffer.from('user:password').toString('base64')}`,
    });
    expect(Number(timestamp)).toBe(Math.floor(clock.time.getTime() / 1000));
    const isFromCartograph = documented();
    const now = Number(timestamp);
    expect(isFromCartograph(SECRET, hook!.headers, hook!.text, now + 300)).toBe(true);
    expect(isFromCartograph(SECRET, hook!.headers, hook!.text, now + 301)).toBe(false);
    expect(isFromCartograph(SECRET, hook!.headers, `${hook!.text} `, now)).toBe(false);
    expect(isFromCartograph('another secret', hook!.headers, hook!.text, now)).toBe(false);
    expect(hook!.body).toMatchObject({
      type: 'alert.opened',
      id: `${id}:opened`,
      alert: { id, kind: 'model_held', subject: 'gold.daily', resolved_at: null },
    });
    expect(events(SLACK)).toEqual(['[ERROR] gold.daily is held: a check failed']);
    expect(told(PAGERDUTY).map(({ body }) => body)).toMatchObject([
      {
        routing_key: KEY,
        event_action: 'trigger',
        dedup_key: `model_held:gold.daily:${id}`,
        payload: { severity: 'error', component: 'gold.daily', class: 'model_held' },
      },
    ]);
    expect(receiver.received).toHaveLength(3);
  });

  it('stays one alert while it lasts, also if it is gone for a moment', async () => {
    const { schedule, alerts } = service();
    const settled = { opened: [], resolved: [] };
    const states = `update model_states set status = $1 where model = 'gold.daily'`;
    for (const status of ['held', 'ok', 'held', 'ok', 'held']) {
      await controlDb.dataSource.query(states, [status]);
      pass(15);
      expect(await schedule.evaluate()).toEqual(settled);
    }
    await schedule.tick();
    expect(await alerts.list()).toHaveLength(1);
    expect(receiver.received).toHaveLength(3);
  });

  it('is over when it was released and two looks in a row found nothing', async () => {
    await release();
    expect(await run()).toMatchObject({ status: 'published' });
    const { schedule, alerts } = service();
    pass(15);
    expect(await schedule.evaluate()).toEqual({ opened: [], resolved: [] });
    // The schedules of several services together look no faster than one.
    expect(await service().schedule.evaluate(10_000)).toBeNull();
    pass(15);
    expect(await schedule.evaluate()).toMatchObject({ opened: [], resolved: [{ id }] });
    await service().schedule.tick();
    expect(events(HOOK)).toEqual(['alert.opened', 'alert.resolved']);
    expect(events(SLACK)[1]).toBe('[RESOLVED] gold.daily is held: a check failed');
    expect(events(PAGERDUTY)).toEqual(['trigger', 'resolve']);
    const [trigger, resolve] = told(PAGERDUTY).map(({ body }) => body['dedup_key']);
    expect(resolve).toBe(trigger);
    expect(await alerts.list()).toEqual([]);
    const over = await alerts.find(id);
    expect(over.resolved_at).not.toBeNull();
    expect(over.deliveries).toHaveLength(6);
    expect(over.deliveries.filter((one) => one.delivered_at === null)).toEqual([]);
    await expect(alerts.acknowledge(id, 'me')).rejects.toMatchObject({ code: 'wrong_state' });
  });
});

describe('a receiver that fails', () => {
  const stop = (reason: string) => runner.state.stop('silver.items', 'failed', reason);
  const mend = () => runner.state.advance(['silver.items'], clock.time);

  beforeEach(() => (receiver.received.length = 0));

  it('is tried again, later each time, by whichever service, and told once of each', async () => {
    receiver.answers[HOOK] = [500, 302];
    await stop('Error 241');
    pass(15);
    await service().schedule.tick();
    const [alert] = await service().alerts.list();
    const hook = async () =>
      (await service().alerts.find(alert!.id)).deliveries.filter(
        (one) => one.channel === 'webhook',
      );
    expect(await hook()).toMatchObject([
      { attempts: 1, error: 'answered 500', delivered_at: null },
    ]);
    // Others are not held up by it.
    expect([events(SLACK), events(PAGERDUTY)]).toMatchObject([{ length: 1 }, ['trigger']]);

    // It is over before it could be told: the end waits for its beginning.
    await mend();
    for (const seconds of [10, 5]) {
      pass(seconds);
      await service().schedule.evaluate();
    }
    await service().notifications.send();
    expect(await hook()).toMatchObject([
      {
        event: 'opened',
        attempts: 2,
        error: 'answered 302, a redirect, which is not followed: configure its target',
      },
      { event: 'resolved', attempts: 0 },
    ]);
    pass(29);
    await service().notifications.send();
    expect(events(HOOK)).toEqual(['alert.opened', 'alert.opened']);
    pass(1);
    await Promise.all([service(), service()].map(({ notifications }) => notifications.send()));
    await service().notifications.send();
    expect(events(HOOK)).toEqual([
      ...['alert.opened', 'alert.opened', 'alert.opened'],
      'alert.resolved',
    ]);
    const ids = told(HOOK).map(({ headers }) => headers['x-cartograph-delivery']);
    expect(new Set(ids)).toEqual(new Set([`${alert!.id}:opened`, `${alert!.id}:resolved`]));
    expect(events(PAGERDUTY)).toEqual(['trigger', 'resolve']);
  });

  it('is given up after a day, and the end is told all the same', async () => {
    await stop('Error 241');
    receiver.answers[PAGERDUTY] = Array.from({ length: 32 }, () => 429);
    pass(15);
    const begun = clock.time.getTime();
    await service().schedule.tick();
    const deliveries = async () => (await service().alerts.list('all'))[0]!.deliveries;
    const opened = async () =>
      (await deliveries()).find((one) => one.channel === 'pagerduty' && one.event === 'opened')!;
    while ((await opened()).attempts < 32) {
      pass(3_600);
      await service().notifications.send();
    }
    expect(clock.time.getTime() - begun).toBeGreaterThan(24 * 3_600_000);
    pass(3_600);
    await service().notifications.send();
    expect(await opened()).toMatchObject({ attempts: 32, delivered_at: null });
    await mend();
    // The pipeline's own clock stands where it was; only the alerts' went on.
    await controlDb.dataSource.query('update model_states set as_of = $1', [clock.time]);
    for (let look = 0; look < 2; look += 1) {
      pass(15);
      await service().schedule.evaluate();
    }
    await service().notifications.send();
    expect(events(PAGERDUTY).at(-1)).toBe('resolve');
  });

  it('on a private address is refused unless that is allowed, and no secret is told', async () => {
    const { alerts } = service({ allowPrivateWebhooks: false });
    const tested = await alerts.test();
    const error =
      'its address is not public: set ALLOW_PRIVATE_WEBHOOKS=true to allow private receivers';
    expect(tested).toEqual(
      ['webhook', 'slack', 'pagerduty'].map((channel) => ({ channel, delivered: false, error })),
    );
    expect(receiver.received).toEqual([]);
    expect(logged).toContain('Not delivered yet.');
    const stored = JSON.stringify([tested, await alerts.list('all')]) + logged;
    for (const secret of ['secret-token', 'password', SECRET, KEY]) {
      expect(stored).not.toContain(secret);
    }
  });
});

it('the schedule looks and sends, and gives up what it sends when the service stops', async () => {
  receiver.received.length = 0;
  const { schedule, registry, alerts } = service({ alertWebhookUrl: `${receiver.url}/silent` });
  receiver.silent.add('/silent');
  schedule.onApplicationBootstrap();
  const job = registry.getCronJob('alerts');
  await job.stop();
  await runner.state.stop('silver.items', 'failed', 'Error 241');
  pass(15);
  const ticked = job.fireOnTick();
  await receiver.next('/silent');
  await schedule.onModuleDestroy();
  await ticked;
  const [alert] = await alerts.list();
  expect(alert!.deliveries.find(({ channel }) => channel === 'webhook')).toMatchObject({
    ...{ attempts: 1, error: 'ABORT_ERR', delivered_at: null },
  });
  // The next start brings it.
  pass(15);
  await service().notifications.send();
  expect(events(HOOK)).toEqual(['alert.opened']);
});

it('every schedule has an age that its models may have', () => {
  expect(Object.keys(STALE_AFTER_MS)).toEqual(SCHEDULES.map(({ id }) => id));
});

it('nothing is resolved while nobody can tell', async () => {
  const { reader, book } = service();
  const at = clock.time;
  const options = { channels: [], everyMs: 0 };
  const quiet = new Date(at.getTime() - 2 * 3_600_000);
  const silent = async (now: Date) => ({
    ...(await reader.read(now)),
    ledSince: quiet,
    lastEventAt: quiet,
    silenceMinutes: 60,
  });
  const unknown = async (now: Date) => ({ ...(await silent(now)), lastEventAt: undefined });
  const opened = await book.update(silent, { ...options, now: at });
  expect(opened!.opened.map(({ kind }) => kind)).toContain('ingestion_silent');
  for (let look = 0; look < 3; look += 1) {
    expect((await book.update(unknown, { ...options, now: clock.time }))!.resolved).toEqual([]);
  }
  expect((await book.openByKind()).get('ingestion_silent')).toBe(1);
});
