/** Reads what the conditions are decided by: the control database, and when an event last came. */
import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import { lastEventAt, type ShopSource } from '../../ingest/index.js';
import { Quality, type Project } from '../../analytics/index.js';
import { ModelState } from '../../platform/control-db/entities/pipeline.entities.js';
import type { Platform } from '../../platform/platform.js';
import type { KnownModel, KnownState } from './conditions.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const NEWEST_RUNS = sql('newest_runs');
const SOURCE_READING = sql('source_reading');
const UNDELIVERED_REPORTS = sql('undelivered_reports');

const DAY_MS = 86_400_000;
/** What failed before is told by what is stale. */
const RUNS_WITHIN_MS = 2 * DAY_MS;
const REPORTS_WITHIN_MS = 7 * DAY_MS;

/** What of the platform the reader needs. */
export type ReaderPlatform = Pick<Platform, 'warehouse' | 'logger'> & {
  controlDb: { dataSource: DataSource };
  config: Pick<Platform['config'], 'ingestionSilenceMinutes'>;
};

export class StateReader {
  private readonly quality: Quality;
  private readonly controlDb: DataSource;

  constructor(
    private readonly project: Project,
    private readonly shop: Pick<ShopSource, 'isConnected' | 'connected'>,
    private readonly platform: ReaderPlatform,
  ) {
    this.controlDb = platform.controlDb.dataSource;
    this.quality = new Quality(this.controlDb);
  }

  async read(now: Date): Promise<KnownState> {
    const before = (ms: number) => [new Date(now.getTime() - ms)];
    const [led] = await this.controlDb.query<{ since: Date | null }[]>(
      'select max(acquired_at) as since from leader_epochs',
    );
    const runs = await this.controlDb.query<
      { target: string; status: string; error: string | null; finished_at: Date | null }[]
    >(NEWEST_RUNS, before(RUNS_WITHIN_MS));
    const names = new Set(this.project.models.map(({ name }) => name));
    return {
      now,
      ledSince: led?.since ?? null,
      models: await this.models(),
      runs: runs.map(({ finished_at: finishedAt, ...run }) => ({ ...run, finishedAt })),
      lastEventAt: await this.lastEvent(),
      silenceMinutes: this.platform.config.ingestionSilenceMinutes,
      source: await this.source(),
      scores: (await this.quality.latestScores()).filter(({ model }) => names.has(model)),
      undelivered: await this.controlDb.query(UNDELIVERED_REPORTS, before(REPORTS_WITHIN_MS)),
    };
  }

  private async models(): Promise<KnownModel[]> {
    const states = await this.controlDb.getRepository(ModelState).find();
    const byName = new Map(states.map((state) => [state.model, state]));
    return this.project.models.map(({ name, kind, schedule, upstream }) => {
      const { status = 'ok', reason = null, asOf = null } = byName.get(name) ?? {};
      const known = { name, upstream, status, reason, asOf };
      return { ...known, schedule: kind === 'view' ? null : (schedule ?? null) };
    });
  }

  /** Undefined while the warehouse does not answer: then nobody can tell. */
  private async lastEvent(): Promise<Date | null | undefined> {
    if (this.platform.config.ingestionSilenceMinutes === 0) return null;
    try {
      return await lastEventAt(this.platform.warehouse);
    } catch (error) {
      this.platform.logger.warn({ err: error }, 'Whether events arrive is not known now.');
      return undefined;
    }
  }

  private async source(): Promise<KnownState['source']> {
    if (!this.shop.isConnected()) return null;
    const { source: name } = this.shop.connected();
    const [row] = await this.controlDb.query<{ read_at: Date | null; error: string | null }[]>(
      SOURCE_READING,
      [name],
    );
    return { name, readAt: row?.read_at ?? null, error: row?.error ?? null };
  }
}
