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

  /** Starts a run and answers at once with its id; the run's record says how it goes. */
  async start(target: string): Promise<{ id: string }> {
    const { id, finished } = await this.runner.submit({ target, trigger: 'request' });
    finished.catch((error: unknown) => this.logger.error({ err: error, run: id }, 'A run failed.'));
    return { id };
  }

  async findRun(id: string): Promise<PipelineRun> {
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    const run = isUuid ? await this.runner.state.findRun(id) : null;
    if (!run) throw new CodedError('not_found', 'No run has this id.');
    return run;
  }

  runs(): Promise<PipelineRun[]> {
    return this.runner.state.recentRuns(RECENT_RUNS);
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
