/** What operators ask of the pipeline: run it, follow a run, count a table, see where it stands. */
import { Injectable } from '@nestjs/common';
import { SCHEDULES, type Freshness, type Project, type Runner } from '../../analytics/index.js';
import { CodedError } from '../../contracts/errors.js';
import type { PipelineRun } from '../../platform/control-db/entities/pipeline.entities.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';

const RECENT_RUNS = 20;

/** Tables that no model makes, but that may be counted. */
const OTHER_TABLES = [
  'bronze.events',
  'bronze.rejected_events',
  'bronze.replays',
  'bronze.records',
  'bronze.reads',
  'operations.quarantined_rows',
  'operations.failing_rows',
];

@Injectable()
export class PipelinesService {
  constructor(
    private readonly project: Project,
    private readonly runner: Runner,
    private readonly freshness: Freshness,
    private readonly warehouse: Warehouse,
    private readonly logger: Logger,
  ) {}

  /**
   * Starts a run and answers at once with its id; the run's record says how it goes. `accept` is the
   * reason for which a single model is published although checks fail.
   */
  async start(target: string, requestedBy: string, accept?: string): Promise<{ id: string }> {
    const isModel = this.project.models.some(({ name }) => name === target);
    if (accept !== undefined && !isModel) {
      throw new CodedError('invalid_parameter', 'Only a single model can be accepted.');
    }
    const parameters = accept === undefined ? {} : { accept };
    return this.follow(
      await this.runner.submit({ target, trigger: 'request', requestedBy, parameters }),
    );
  }

  async backfill(
    target: string,
    parameters: { from: string; to: string },
    requestedBy: string,
  ): Promise<{ id: string }> {
    const request = { target, trigger: 'backfill' as const, requestedBy, parameters };
    return this.follow(await this.runner.backfill(request));
  }

  /** Throws `run_is_over` if there is nothing to stop. */
  async cancel(id: string): Promise<{ id: string }> {
    await this.findRun(id);
    if (await this.runner.cancel(id)) return { id };
    throw new CodedError('run_is_over', 'It ended before.');
  }

  /** The same once more, as a run of its own. Throws `run_is_open` if it goes on. */
  async retry(id: string, requestedBy: string): Promise<{ id: string }> {
    const { target, trigger, status, parameters } = await this.findRun(id);
    if (status === 'running') {
      throw new CodedError('run_is_open', 'It has not ended yet.');
    }
    const request = { target, requestedBy, parameters, retryOf: id };
    return this.follow(
      trigger === 'backfill'
        ? await this.runner.backfill({ ...request, trigger })
        : await this.runner.submit({ ...request, trigger: 'request' }),
    );
  }

  private follow({ id, finished }: { id: string; finished: Promise<PipelineRun> }): { id: string } {
    finished.catch((error: unknown) => this.logger.error({ err: error, run: id }, 'A run failed.'));
    return { id };
  }

  async findRun(id: string): Promise<PipelineRun> {
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    const run = isUuid ? await this.runner.state.findRun(id) : null;
    if (!run) throw new CodedError('not_found', 'No run has this id.');
    return run;
  }

  runs(limit = RECENT_RUNS, status?: PipelineRun['status']): Promise<PipelineRun[]> {
    return this.runner.state.recentRuns(limit, status);
  }

  async count(table: string): Promise<{ data: { count: number }; meta: object }> {
    const isModel = this.project.models.some(({ name }) => name === table);
    if (!isModel && !OTHER_TABLES.includes(table)) {
      throw new CodedError('unknown_model', 'No table of this name can be counted.');
    }
    const { count } = await this.warehouse.queryOne<{ count: string }>(
      'reader',
      `select count() as count from ${table}`,
    );
    const { asOf, held } = await this.freshness.of([table]);
    const meta = { asOf: asOf?.toISOString() ?? null, held, servedFrom: table.split('.')[0] };
    return { data: { count: Number(count) }, meta };
  }

  /** Every model with its state, and the schedules. */
  async status(): Promise<object> {
    const states = await this.runner.state.modelStates();
    const models = this.project.models
      .filter(({ kind }) => kind !== 'view')
      .map(({ name, kind, schedule }) => {
        const state = states.find(({ model }) => model === name);
        return {
          model: name,
          kind,
          schedule,
          status: state?.status ?? 'ok',
          reason: state?.reason ?? null,
          as_of: state?.asOf?.toISOString() ?? null,
        };
      });
    return { data: { models, schedules: SCHEDULES } };
  }
}
