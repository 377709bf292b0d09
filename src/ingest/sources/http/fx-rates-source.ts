/**
 * Exchange rates from an address: fetched at the start and daily, and loaded as a file would be, so
 * that they are checked, counted and listed among the loads. Without FX_RATES_URL there are none.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { CronJob } from 'cron';
import { PART_BYTES } from '../../../contracts/uploads.js';
import type { AppConfig } from '../../../platform/config/config.js';
import type { Logger } from '../../../platform/logging/logger.js';
import type { Loads } from '../loads/loads.js';
import { parseMapping } from '../mapping/mapping.js';
import { describeFailure, download } from './download.js';

export const FX_RATES_SCHEDULE = {
  id: 'fx_rates',
  description: 'Half past four in the afternoon, UTC: the rates of the day are fetched and loaded.',
  cron: '0 30 16 * * *',
  /** Tries of one day; the pause after the first, doubled each time. */
  attempts: 6,
  pauseMs: 60_000,
  timeoutMs: 30_000,
  maxBytes: 16 * 1024 * 1024,
} as const;

const SHIPPED_MAPPING = new URL('../../../../mappings/fx_rates.yml', import.meta.url);

export class FxRatesSource implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly mapping: string | null;
  private readonly stopping = new AbortController();
  private running: Promise<string | null> | null = null;
  private job: CronJob | null = null;
  /** Of what was loaded last: the same again is not loaded. */
  private digest: string | null = null;

  constructor(
    private readonly loads: Loads,
    private readonly config: Pick<AppConfig, 'fxRatesUrl' | 'fxRatesMapping' | 'schedules'>,
    private readonly logger: Logger,
    private readonly pauseMs: number = FX_RATES_SCHEDULE.pauseMs,
  ) {
    this.mapping = config.fxRatesUrl ? readMapping(config.fxRatesMapping) : null;
  }

  /** The start does not wait for it. */
  onApplicationBootstrap(): void {
    if (this.mapping === null || this.config.schedules === 'off') return;
    const onTick = () => void this.refresh();
    this.job = CronJob.from({ cronTime: FX_RATES_SCHEDULE.cron, onTick, timeZone: 'UTC' });
    this.job.start();
    void this.refresh();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.job?.stop();
    await this.running;
  }

  /**
   * Fetches the rates and starts a load of them. Answers with its id; null if there is no address, if
   * they are those loaded last, or if they could not be had in any of the attempts.
   */
  async refresh(): Promise<string | null> {
    this.running ??= this.fetchAndLoad().finally(() => (this.running = null));
    return this.running;
  }

  private async fetchAndLoad(): Promise<string | null> {
    if (this.mapping === null) return null;
    const { attempts, timeoutMs, maxBytes } = FX_RATES_SCHEDULE;
    for (let attempt = 1; !this.stopping.signal.aborted; attempt += 1) {
      try {
        const limits = { timeoutMs, maxBytes, signal: this.stopping.signal };
        return await this.load(await download(this.config.fxRatesUrl!, limits));
      } catch (error) {
        const told = { attempt, reason: describeFailure(error) };
        if (this.stopping.signal.aborted) return null;
        if (attempt === attempts) {
          this.logger.error(told, 'No exchange rates today. Check FX_RATES_URL.');
          return null;
        }
        this.logger.warn(told, 'Exchange rates could not be fetched; it is tried again.');
        await this.wait(this.pauseMs * 2 ** (attempt - 1));
      }
    }
    return null;
  }

  private async load(bytes: Buffer): Promise<string | null> {
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (digest === this.digest) return null;
    const { id } = await this.loads.create({
      entity: 'fx_rates',
      fileName: 'fx_rates.csv',
      mapping: this.mapping!,
      requestedBy: 'FX_RATES_URL',
    });
    const parts = Math.max(1, Math.ceil(bytes.length / PART_BYTES));
    for (let part = 0; part < parts; part += 1) {
      const sent = bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES);
      await this.loads.addPart(id, part, sent);
    }
    await this.loads.start(id, digest);
    this.digest = digest;
    return id;
  }

  private async wait(durationMs: number): Promise<void> {
    await pause(durationMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

function readMapping(path: string | undefined): string {
  let text: string;
  try {
    text = readFileSync(path ?? SHIPPED_MAPPING, 'utf8');
  } catch (error) {
    throw new Error('The mapping of the exchange rates cannot be read. Check FX_RATES_MAPPING.', {
      cause: error,
    });
  }
  parseMapping(text, 'FX_RATES_MAPPING');
  return text;
}
