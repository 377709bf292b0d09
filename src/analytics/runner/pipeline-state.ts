/** What the pipeline remembers of its models and runs, in the control database. */
import type { Clock } from '../../platform/clock/clock.js';
import { In, Not, type DataSource } from 'typeorm';
import {
  ModelState,
  PipelineRun,
  Watermark,
} from '../../platform/control-db/entities/pipeline.entities.js';
import { ChangeNotice } from './change-notice.js';

export class PipelineState {
  /** Told of every change of a model's state. */
  readonly changed = new ChangeNotice();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Up to when `model` has read `upstream`; 1970 if never. */
  async watermark(model: string, upstream: string): Promise<Date> {
    const found = await this.watermarks.findOneBy({ model, upstream });
    return found?.loadedUntil ?? new Date(0);
  }

  async saveWatermark(model: string, upstream: string, loadedUntil: Date): Promise<void> {
    await this.watermarks.upsert({ model, upstream, loadedUntil }, ['model', 'upstream']);
  }

  async definitionHash(model: string): Promise<string | null> {
    return (await this.models.findOneBy({ model }))?.definitionHash ?? null;
  }

  /** Starts a model's record anew, as one that has read nothing. */
  async reset(model: string, definitionHash: string): Promise<void> {
    await this.watermarks.delete({ model });
    const fresh = { model, definitionHash, status: 'ok' as const, reason: null, asOf: null };
    await this.changed.after(() => this.models.upsert(fresh, ['model']));
  }

  /** All acknowledged before `asOf` is in these models. */
  async advance(models: readonly string[], asOf: Date): Promise<void> {
    if (models.length === 0) return;
    await this.changed.after(() =>
      this.models.update({ model: In([...models]) }, { status: 'ok', reason: null, asOf }),
    );
  }

  async stop(model: string, status: 'held' | 'failed', reason: string): Promise<void> {
    await this.changed.after(() => this.models.update({ model }, { status, reason }));
  }

  async modelStates(models?: readonly string[]): Promise<ModelState[]> {
    return models
      ? this.models.findBy({ model: In([...models]) })
      : this.models.find({ order: { model: 'ASC' } });
  }

  async saveRun(run: PipelineRun): Promise<void> {
    // Whether it is to be cancelled is written by others.
    const { isCancelRequested: _, ...record } = run;
    await this.runs.upsert({ ...record, models: run.models as object }, ['id']);
  }

  async findRun(id: string): Promise<PipelineRun | null> {
    return this.runs.findOneBy({ id });
  }

  /** Backfills that were not finished. */
  async openBackfills(): Promise<PipelineRun[]> {
    const open = { trigger: 'backfill' as const, status: In(['queued', 'running']) };
    return this.runs.find({ where: open, order: { startedAt: 'ASC' } });
  }

  /** Asks that a run stop; answers false if it is over. */
  async requestCancel(id: string): Promise<boolean> {
    const open = { id, status: In(['queued', 'running']) };
    const { affected } = await this.runs.update(open, { isCancelRequested: true });
    return (affected ?? 0) > 0;
  }

  async isCancelRequested(id: string): Promise<boolean> {
    return this.runs.existsBy({ id, isCancelRequested: true });
  }

  /**
   * Runs that a dead process left open are closed as failed; `except` are ours. Its backfills stay
   * open: the new leader goes on with them.
   */
  async closeOrphanedRuns(except: readonly string[]): Promise<void> {
    await this.runs.update(
      { status: In(['queued', 'running']), trigger: Not('backfill'), id: Not(In([...except])) },
      {
        status: 'failed',
        error: 'The service stopped during the run.',
        finishedAt: this.clock.now(),
      },
    );
  }

  /** The latest runs first, those of a status if one is named. */
  async recentRuns(limit: number, status?: PipelineRun['status']): Promise<PipelineRun[]> {
    const where = status ? { status } : {};
    return this.runs.find({ where, order: { startedAt: 'DESC' }, take: limit });
  }

  private get watermarks() {
    return this.dataSource.getRepository(Watermark);
  }

  private get models() {
    return this.dataSource.getRepository(ModelState);
  }

  private get runs() {
    return this.dataSource.getRepository(PipelineRun);
  }
}
