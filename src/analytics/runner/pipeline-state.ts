/**
 * What the pipeline remembers of its models and runs, in the control database. Who was followed as
 * leader changes none of it: a write that the fence keeps out throws {@link LostLeadership}.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from '../../platform/clock/clock.js';
import { In, Not, type DataSource } from 'typeorm';
import {
  ModelState,
  PipelineRun,
  Watermark,
} from '../../platform/control-db/entities/pipeline.entities.js';
import { ChangeNotice } from './change-notice.js';
import { Fence, NOT_FOLLOWED } from './fence.js';
import { LostLeadership } from './leader.js';

const read = (name: string) =>
  readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');

const SAVE_WATERMARK = read('save_watermark');
const RESET_MODEL = read('reset_model');

export class PipelineState {
  /** Told of every change of a model's state. */
  readonly changed = new ChangeNotice();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly fence = new Fence(),
  ) {}

  /** Up to when `model` has read `upstream`; 1970 if never. */
  async watermark(model: string, upstream: string): Promise<Date> {
    const found = await this.watermarks.findOneBy({ model, upstream });
    return found?.loadedUntil ?? new Date(0);
  }

  async saveWatermark(model: string, upstream: string, loadedUntil: Date): Promise<void> {
    await this.writeFenced(SAVE_WATERMARK, [model, upstream, loadedUntil]);
  }

  /** Starts a model's record anew, as one that has read nothing. */
  async reset(model: string, definitionHash: string): Promise<void> {
    await this.changed.after(() => this.writeFenced(RESET_MODEL, [model, definitionHash]));
  }

  /** All acknowledged before `asOf` is in these models. */
  async advance(models: readonly string[], asOf: Date): Promise<void> {
    if (models.length === 0) return;
    await this.updateModels(models, { status: 'ok', reason: null, asOf });
  }

  async stop(model: string, status: 'held' | 'failed', reason: string): Promise<void> {
    await this.updateModels([model], { status, reason });
  }

  async modelStates(models?: readonly string[]): Promise<ModelState[]> {
    return models
      ? this.models.findBy({ model: In([...models]) })
      : this.models.find({ order: { model: 'ASC' } });
  }

  /** What a later leader wrote of the run stays, and whether it is to be cancelled. */
  async saveRun(run: PipelineRun): Promise<void> {
    const columns = this.runs.metadata.columns
      .filter(({ propertyName }) => propertyName !== 'isCancelRequested')
      .map(({ databaseName }) => databaseName);
    await this.runs
      .createQueryBuilder('run')
      .insert()
      .values({ ...run, models: run.models as object, parameters: run.parameters as object })
      .orUpdate(columns, ['id'], {
        overwriteCondition: { where: 'run.epoch <= excluded.epoch' },
      })
      .execute();
  }

  async findRun(id: string): Promise<PipelineRun | null> {
    return this.runs.findOneBy({ id });
  }

  /** Backfills that were not finished. */
  async openBackfills(): Promise<PipelineRun[]> {
    const open = { trigger: 'backfill' as const, status: 'running' as const };
    return this.runs.find({ where: open, order: { startedAt: 'ASC' } });
  }

  /** Asks that a run stop; answers false if it is over. */
  async requestCancel(id: string): Promise<boolean> {
    const open = { id, status: 'running' as const };
    const { affected } = await this.runs.update(open, { isCancelRequested: true });
    return (affected ?? 0) > 0;
  }

  async isCancelRequested(id: string): Promise<boolean> {
    return this.runs.existsBy({ id, isCancelRequested: true });
  }

  /**
   * Runs that a dead process left open are closed as failed, under our epoch, so that one who was
   * only paused does not write of them again; `except` are ours, or wait to be ours. Backfills stay
   * open: the new leader goes on with them.
   */
  async closeOrphanedRuns(except: readonly string[]): Promise<void> {
    const { epoch } = this.fence;
    await this.runs
      .createQueryBuilder()
      .update()
      .set({
        status: 'failed',
        epoch: String(epoch),
        error: 'The service stopped during the run.',
        finishedAt: this.clock.now(),
      })
      .where({
        status: 'running' as const,
        trigger: Not('backfill'),
        id: Not(In([...except])),
      })
      .andWhere('id not in (select run_id from run_requests)')
      .andWhere(NOT_FOLLOWED, { epoch })
      .execute();
  }

  /** The latest runs first, those of a status if one is named. */
  async recentRuns(limit: number, status?: PipelineRun['status']): Promise<PipelineRun[]> {
    const where = status ? { status } : {};
    return this.runs.find({ where, order: { startedAt: 'DESC' }, take: limit });
  }

  private async updateModels(models: readonly string[], set: Partial<ModelState>): Promise<void> {
    const { epoch } = this.fence;
    const update = this.models
      .createQueryBuilder()
      .update()
      .set(set)
      .where({ model: In([...models]) })
      .andWhere(NOT_FOLLOWED, { epoch });
    const { affected } = await this.changed.after(() => update.execute());
    if (affected === 0) throw new LostLeadership();
  }

  private async writeFenced(sql: string, values: readonly unknown[]): Promise<void> {
    const rows = await this.dataSource.query<unknown[]>(sql, [...values, this.fence.epoch]);
    if (rows.length === 0) throw new LostLeadership();
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
