/** A runner over real stores, and bronze events in the form the collector writes them. */
import { createHash } from 'node:crypto';
import { createLogger } from '../../src/platform/logging/logger.js';
import { loadProject } from '../../src/analytics/project.js';
import { Runner } from '../../src/analytics/runner/runner.js';
import type { JsonObject } from '../../src/contracts/json.js';
import { Clock } from '../../src/platform/clock/clock.js';
import { WorkerPool } from '../../src/platform/workers/worker-pool.js';
import { Telemetry } from '../../src/platform/telemetry/telemetry.js';
import { toEngineInstant, type Warehouse } from '../../src/platform/warehouse/warehouse.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import { closeAfterAll, openTestControlDb, openTestWarehouse, type EngineName } from './stores.js';

export interface TestPipeline {
  runner: Runner;
  warehouse: Warehouse;
  controlDb: ControlDb;
}

export async function openTestPipeline(engine: EngineName = 'embedded'): Promise<TestPipeline> {
  const warehouse = await openTestWarehouse(engine);
  const controlDb = await openTestControlDb();
  const runner = createRunner(warehouse, controlDb);
  closeAfterAll(() => runner.stop());
  await runner.lead();
  return { runner, warehouse, controlDb };
}

export function createRunner(
  warehouse: Warehouse,
  controlDb: ControlDb,
  project = loadProject(),
): Runner {
  const workers = new WorkerPool();
  closeAfterAll(() => workers.close());
  return new Runner(project, {
    warehouse,
    workers,
    config: { reportingTimezone: 'UTC' },
    controlDb,
    clock: new Clock(),
    telemetry: new Telemetry(),
    logger: createLogger(process.env['TEST_LOG_LEVEL'] ?? 'silent'),
  });
}

export interface BronzeEvent {
  event?: string;
  call?: string;
  messageId?: string;
  at: string;
  receivedAt?: string;
  /** False for an event that the collector dated by its arrival. */
  hasClientTimestamp?: boolean;
  user?: string;
  visitor?: string;
  country?: string;
  device?: string;
  os?: string;
  browser?: string;
  isBot?: boolean;
  /** The page it was sent from: '/' unless given, of a track call none. */
  page?: string;
  referrer?: string;
  channel?: string;
  utm?: { source?: string; medium?: string; campaign?: string; term?: string; content?: string };
  click?: { name: string; id: string };
  currency?: string;
  source?: string;
  properties?: JsonObject;
  traits?: JsonObject;
  /** Of an alias call: the id that `user` replaces. */
  previousId?: string;
}

/** Inserts events into bronze, as one load. */
export async function loadBronze(warehouse: Warehouse, events: BronzeEvent[]): Promise<void> {
  const lines = events.map((event) => JSON.stringify(bronzeRow(event)));
  const columns = Object.keys(bronzeRow(events[0]!));
  await warehouse.insertLines('bronze.events', columns, lines);
}

function bronzeRow(event: BronzeEvent): Record<string, unknown> {
  const at = new Date(event.at);
  const call = event.call ?? 'track';
  const properties = event.properties ?? {};
  const hasClientTimestamp = event.hasClientTimestamp ?? true;
  const payload = {
    type: call,
    event: event.event,
    properties,
    traits: event.traits,
    previousId: event.previousId,
  };
  return {
    source: event.source ?? 'web',
    message_id: event.messageId ?? hash(event),
    call,
    event: event.event ?? '',
    contract_version: 1,
    anonymous_id: event.visitor ?? 'visitor-1',
    user_id: event.user ?? '',
    occurred_at: toEngineInstant(at),
    original_date: (hasClientTimestamp ? event.at : (event.receivedAt ?? event.at)).slice(0, 10),
    has_client_timestamp: hasClientTimestamp,
    received_at: toEngineInstant(event.receivedAt ? new Date(event.receivedAt) : at),
    country: event.country ?? 'DE',
    device_type: event.device ?? 'desktop',
    os: event.os ?? 'Linux',
    browser: event.browser ?? 'Firefox',
    is_bot: event.isBot ?? false,
    channel: event.channel ?? 'direct',
    page_path: event.page ?? (call === 'track' ? '' : '/'),
    referrer_host: event.referrer ?? '',
    utm_source: event.utm?.source ?? '',
    utm_medium: event.utm?.medium ?? '',
    utm_campaign: event.utm?.campaign ?? '',
    utm_term: event.utm?.term ?? '',
    utm_content: event.utm?.content ?? '',
    click_id_name: event.click?.name ?? '',
    click_id: event.click?.id ?? '',
    currency: event.currency ?? 'USD',
    payload: JSON.stringify(payload),
  };
}

function hash(event: BronzeEvent): string {
  return createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 32);
}
