/** What the pipeline remembers of its models and runs, in the control database. */
import type { Clock } from '../../platform/clock/clock.js';
import { In, Not, type DataSource } from 'typeorm';
import {
  ModelState,
  PipelineRun,
  QualityResult,
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

  async recordCheck(
    result: Pick<QualityResult, 'runId' | 'model' | 'checkName' | 'severity'>,
    failingRows: number,
  ): Promise<void> {
    await this.dataSource
      .getRepository(QualityResult)
      .insert({ ...result, failingRows: String(failingRows), checkedAt: this.clock.now() });
  }

  async saveRun(run: PipelineRun): Promise<void> {
    await this.runs.upsert({ ...run, models: run.models as object }, ['id']);
  }

  async findRun(id: string): Promise<PipelineRun | null> {
    return this.runs.findOneBy({ id });
  }

  /** Runs that a dead process left open are closed as failed; `except` are ours. */
  async closeOrphanedRuns(except: readonly string[]): Promise<void> {
    await this.runs.update(
      { status: 'running', id: Not(In([...except])) },
      {
        status: 'failed',
        error: 'The service stopped during the run.',
        finishedAt: this.clock.now(),
      },
    );
  }

  async recentRuns(limit: number): Promise<PipelineRun[]> {
    return this.runs.find({ order: { startedAt: 'DESC' }, take: limit });
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
