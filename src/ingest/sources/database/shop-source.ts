/**
 * The shop's database as a source: extracted on a schedule and on demand, by one service at a time.
 * Without SHOP_DATABASE_URL there is none, and whatever asks for it is told so.
 */
import { readFileSync } from 'node:fs';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { CodedError } from '../../../contracts/errors.js';
import type { AppConfig } from '../../../platform/config/config.js';
import { ADVISORY_LOCKS, type ControlDb } from '../../../platform/control-db/control-db.js';
import type { Load } from '../../../platform/control-db/entities/source.entities.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type { Telemetry } from '../../../platform/telemetry/telemetry.js';
import { fromEngineInstant } from '../../../platform/warehouse/warehouse.js';
import { parseMapping, type Mapping } from '../mapping/mapping.js';
import { Checkpoints } from './checkpoints.js';
import { Extraction, type ExtractionParts, type PassOptions } from './extraction.js';
import { ShopDatabase } from './postgres-reader.js';

/** Deleted rows are looked for this often. */
const DELETIONS_INTERVAL_MS = 3_600_000;

export const SHIPPED_MAPPING = new URL('../../../../mappings/oneshop.yml', import.meta.url);

const KNOWN_AT = readFileSync(new URL('../queries/known_at.sql', import.meta.url), 'utf8');

export interface ShopSourceParts extends Omit<ExtractionParts, 'checkpoints'> {
  config: AppConfig;
  controlDb: ControlDb;
  telemetry: Telemetry;
  logger: Logger;
}

export class ShopSource implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly mapping: Mapping | null;
  private readonly extraction: Extraction | null;
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | null = null;
  private running: Promise<unknown> = Promise.resolve();
  private isRunning = false;
  /** Ids of extractions that were asked for and have not begun. */
  private readonly waiting = new Set<string>();
  private isDown = false;
  private lastDeletionsAt = 0;

  constructor(private readonly parts: ShopSourceParts) {
    const { config } = parts;
    this.mapping = config.shopDatabaseUrl ? loadMapping(config.shopMapping) : null;
    if (!this.mapping) {
      this.extraction = null;
      return;
    }
    const checkpoints = new Checkpoints(parts, this.mapping.source);
    this.extraction = new Extraction(this.mapping, { ...parts, checkpoints });
  }

  onApplicationBootstrap(): void {
    const { schedules, shopIntervalMs } = this.parts.config;
    if (!this.mapping || schedules === 'off') return;
    this.timer = setInterval(() => void this.tick(), shopIntervalMs);
  }

  /** Stops when the page under way is written; the next pass goes on there. */
  async onModuleDestroy(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.stopping.abort();
    await this.running;
  }

  /** The source's name and mapping. Throws `no_shop_database`. */
  connected(): { source: string; mapping: Mapping } {
    if (!this.mapping) throw new CodedError('no_shop_database', '');
    return { source: this.mapping.source, mapping: this.mapping };
  }

  isConnected(): boolean {
    return this.mapping !== null;
  }

  /**
   * When all was stored that the shop's database says of the time before `until`; null while it is
   * not, undefined without a database.
   */
  async knownAt(until: Date): Promise<Date | null | undefined> {
    if (!this.mapping) return undefined;
    const { known_at: at, passes } = await this.parts.warehouse.queryOne<{
      known_at: string;
      passes: string;
    }>('reader', KNOWN_AT, { source: this.mapping.source, until });
    return passes === '0' ? null : fromEngineInstant(at);
  }

  /** A connection for who closes it again. Throws `no_shop_database`. */
  open(): Promise<ShopDatabase> {
    this.connected();
    const { config, controlDb } = this.parts;
    return ShopDatabase.open(controlDb.resolve(config.shopDatabaseUrl!));
  }

  /** An extraction asked for: recorded at once; its record says how it goes. */
  async submit(options: PassOptions, requestedBy: string): Promise<Load> {
    const { load } = await this.begin(options, requestedBy);
    return load;
  }

  /** An extraction, and waits for its end; its record says how it went. */
  async extract(options: PassOptions, requestedBy: string): Promise<Load> {
    const { load, ended } = await this.begin(options, requestedBy);
    await ended;
    return load;
  }

  private async begin(
    options: PassOptions,
    requestedBy: string,
  ): Promise<{ load: Load; ended: Promise<unknown> }> {
    const load = this.newLoad(this.connected().source, requestedBy);
    this.waiting.add(load.id);
    try {
      await this.parts.store.save(load);
    } catch (error) {
      this.waiting.delete(load.id);
      throw error;
    }
    return { load, ended: this.enqueue(() => this.run(load, options)) };
  }

  /** A tick of the schedule; it is left out while a pass runs. */
  private async tick(): Promise<void> {
    if (this.isRunning || !this.mapping) return;
    const now = this.parts.clock.now().getTime();
    const withDeletions = now - this.lastDeletionsAt >= DELETIONS_INTERVAL_MS;
    const load = this.newLoad(this.mapping.source, 'schedule');
    await this.enqueue(() => this.run(load, { withDeletions }));
    if (withDeletions && load.status === 'done') this.lastDeletionsAt = now;
  }

  private newLoad(source: string, requestedBy: string): Load {
    return this.parts.store.draft({
      kind: 'extraction',
      entity: null,
      source,
      fileName: null,
      mapping: null,
      status: 'running',
      requestedBy,
    });
  }

  private enqueue(work: () => Promise<void>): Promise<unknown> {
    this.isRunning = true;
    this.running = this.running.then(work).finally(() => (this.isRunning = false));
    return this.running;
  }

  private async run(load: Load, options: PassOptions): Promise<void> {
    const { controlDb, store, telemetry, logger } = this.parts;
    const { signal } = this.stopping;
    this.waiting.delete(load.id);
    if (signal.aborted) return;
    let database: ShopDatabase | null = null;
    // A shop that does not answer must not hold up a stop.
    const giveUp = () => void database?.close().catch(() => undefined);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      database = await this.open();
      const reader = database;
      const done = await controlDb.tryAdvisoryLock(ADVISORY_LOCKS.extraction, async () => {
        await store.closeCutOff(load.source, load.createdAt, [...this.waiting]);
        await this.extraction!.pass(reader, load, options, signal);
        return true;
      });
      if (done === null) throw new CodedError('busy', 'Another service extracts.');
      signal.throwIfAborted();
      telemetry.sourceUp.set({ source: load.source }, 1);
      await this.record(load, 'done');
    } catch (error) {
      const coded = signal.aborted ? stopped() : asCoded(error);
      if (coded.code !== 'busy' && coded.code !== 'shutting_down') {
        telemetry.sourceUp.set({ source: load.source }, 0);
        logger.error({ err: error, source: load.source }, 'An extraction failed.');
      }
      await this.record(load, 'failed', coded).catch((cause: unknown) =>
        logger.error({ err: cause }, 'The extraction could not be recorded.'),
      );
    } finally {
      signal.removeEventListener('abort', giveUp);
      await database?.close();
    }
    for (const [outcome, rows] of Object.entries(load.counts)) {
      if (outcome !== 'read') telemetry.sourceRows.inc({ source: load.source, outcome }, rows);
    }
  }

  /** A pass of the schedule that found nothing is not recorded. */
  private async record(load: Load, status: 'done' | 'failed', error?: CodedError): Promise<void> {
    const { loaded, rejected } = load.counts;
    const isScheduled = load.requestedBy === 'schedule';
    const isNews = status === 'done' && loaded > 0;
    // Rejected rows stand under their load, which was recorded with the first of them.
    const isRecorded = !isScheduled || rejected > 0;
    const isFailure = error !== undefined && !['busy', 'shutting_down'].includes(error.code);
    load.status = status;
    const isKnown = this.isDown;
    this.isDown = isFailure;
    // A database that stays down is told once, not with every tick.
    if (!isRecorded && !isNews && (!isFailure || isKnown)) return;
    const told = error
      ? { code: error.code, detail: `${error.detail} ${error.definition.remedy}`.trim() }
      : null;
    await this.parts.store.finish(load, status, told);
  }
}

const stopped = () => new CodedError('shutting_down', 'The extraction goes on later.');

const asCoded = (error: unknown) =>
  error instanceof CodedError ? error : new CodedError('internal', '');

function loadMapping(path: string | undefined): Mapping {
  const file = path ?? SHIPPED_MAPPING;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error('The mapping of the shop database cannot be read. Check SHOP_MAPPING.', {
      cause: error,
    });
  }
  const mapping = parseMapping(text, 'SHOP_MAPPING');
  if (!mapping.tables) {
    throw new CodedError('invalid_mapping', 'SHOP_MAPPING:1:1: a database is mapped by `tables`.');
  }
  return mapping;
}
