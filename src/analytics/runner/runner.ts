/**
 * Runs models: in order, one run at a time, as the one leader. Every run is idempotent: run twice,
 * or again after a crash, it leaves the same rows.
 */
import { hostname } from 'node:os';
import { DateTime } from 'luxon';
import { CodedError } from '../../contracts/errors.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { AppConfig } from '../../platform/config/config.js';
import type { ControlDb } from '../../platform/control-db/control-db.js';
import type { PipelineRun } from '../../platform/control-db/entities/pipeline.entities.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Telemetry } from '../../platform/telemetry/telemetry.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { WorkerPool } from '../../platform/workers/worker-pool.js';
import type { Model, Project } from '../compiler/model.js';
import { Science } from '../science/science.js';
import { compactVersions } from './compact.js';
import { Leadership, LostLeadership } from './leader.js';
import { LoadWindows } from './load-window.js';
import { PipelineState } from './pipeline-state.js';
import { prepare } from './prepare.js';
import { PublishLog } from './publish-log.js';
import { RetentionFloors } from './retention-floors.js';
import type { Hold, RunContext } from './run-context.js';
import { describe, runModels } from './run-models.js';
import { foldTick, isEmpty, newRun, type RunRequest } from './run-record.js';
import { selectModels } from './selection.js';

export interface RunnerStores {
  controlDb: ControlDb;
  warehouse: Warehouse;
  workers: WorkerPool;
  config: Pick<AppConfig, 'reportingTimezone'>;
  clock: Clock;
  telemetry: Telemetry;
  logger: Logger;
}

/** Runs that may wait at a time. */
const MAX_QUEUED_RUNS = 50;

export class Runner {
  readonly state: PipelineState;
  readonly log: PublishLog;
  readonly floors: RetentionFloors;
  private readonly science: Science;
  private windows: LoadWindows;
  private readonly models: ReadonlyMap<string, Model>;
  private leadership: Leadership | null = null;
  private hasOpenPublish = false;
  private queue: Promise<unknown> = Promise.resolve();
  private queued = 0;
  private isStopping = false;
  /** Runs asked for that wait their turn. */
  private readonly submitted = new Set<string>();
  /** What each held `partition` model was held over, so that a tick does not try it again. */
  private readonly holds = new Map<string, Hold>();
  /** By target, the record into which the ticks of its hour fold. */
  private readonly folded = new Map<string, PipelineRun>();

  constructor(
    readonly project: Project,
    private readonly stores: RunnerStores,
  ) {
    this.state = new PipelineState(stores.controlDb.dataSource, stores.clock);
    this.log = new PublishLog(stores.controlDb.dataSource, stores.clock);
    this.floors = new RetentionFloors(stores.controlDb.dataSource);
    this.science = new Science(stores.workers);
    this.models = new Map(project.models.map((model) => [model.name, model]));
    this.windows = this.newWindows();
  }

  /** A tick of a schedule; does nothing while another service leads. */
  async tick(target: string): Promise<PipelineRun | null> {
    // A streaming tick comes again in seconds; the others wait their turn.
    if (this.isStopping || (target === 'streaming' && this.queued > 0)) return null;
    return this.enqueue(async () => {
      if (!(await this.ensureLeadership())) return null;
      return this.execute(newRun({ target, trigger: 'schedule' }, this.stores.clock.now()));
    });
  }

  /**
   * A run asked for: recorded at once, then waits its turn. Throws if the target is unknown;
   * `finished` fails with `busy` if another service leads.
   */
  async submit(target: string): Promise<{ id: string; finished: Promise<PipelineRun> }> {
    selectModels(this.project, target);
    if (this.isStopping) throw new CodedError('shutting_down', '');
    if (this.queued >= MAX_QUEUED_RUNS) {
      throw new CodedError('busy', `${this.queued} runs wait already.`);
    }
    const run = newRun({ target, trigger: 'request' }, this.stores.clock.now());
    this.submitted.add(run.id);
    await this.state.saveRun(run);
    return { id: run.id, finished: this.enqueue(() => this.runSubmitted(run)) };
  }

  /** {@link submit}, and waits for the end. */
  async run(request: RunRequest): Promise<PipelineRun> {
    const { finished } = await this.submit(request.target);
    return finished;
  }

  /** Merges superseded versions, if this service leads. Answers how many partitions. */
  async compact(): Promise<number> {
    return this.enqueue(async () => {
      if (this.isStopping || !(await this.ensureLeadership())) return 0;
      return compactVersions(this.stores.warehouse, this.project);
    });
  }

  /**
   * Does work while no run is under way and this service leads, so that nothing is published
   * meanwhile. Fails with `busy` if another one leads.
   */
  async betweenRuns<T>(work: (leadership: Leadership) => Promise<T>): Promise<T> {
    return this.enqueue(async () => {
      if (this.isStopping) throw new CodedError('shutting_down', '');
      if (await this.ensureLeadership()) return work(this.leadership!);
      throw new CodedError('busy', 'Another service leads the pipeline.');
    });
  }

  /** Leads if it can: prepares the tables, so that reads find them. Answers whether it leads. */
  async lead(): Promise<boolean> {
    return this.enqueue(() => this.ensureLeadership());
  }

  /** Waits for the run under way and gives the leadership back; this service may lead again. */
  async resign(): Promise<void> {
    await this.enqueue(async () => this.leadership?.release());
  }

  /** {@link resign} for good: runs that still wait fail, and no further one starts. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await this.resign();
  }

  private newWindows(): LoadWindows {
    return new LoadWindows(this.stores.warehouse, this.state, (upstream) =>
      this.models.has(upstream) ? this.log.publishesOf(upstream) : undefined,
    );
  }

  private enqueue<T>(work: () => Promise<T>): Promise<T> {
    this.queued += 1;
    const result = this.queue.then(work).finally(() => (this.queued -= 1));
    this.queue = result.catch(() => undefined);
    return result;
  }

  private async ensureLeadership(): Promise<boolean> {
    if (this.leadership?.isHeld) return true;
    const { controlDb, warehouse, logger } = this.stores;
    const leadership = await Leadership.tryAcquire(controlDb, `${hostname()}/${process.pid}`);
    if (!leadership) return false;
    try {
      const { project, state, log } = this;
      await this.floors.load();
      await prepare({ project, warehouse, state, log, logger, ownRuns: [...this.submitted] });
    } catch (error) {
      await leadership.release();
      throw error;
    }
    this.leadership = leadership;
    this.folded.clear();
    // What another leader did meanwhile, this one has not seen.
    this.windows = this.newWindows();
    return true;
  }

  private async runSubmitted(run: PipelineRun): Promise<PipelineRun> {
    const isLeading = !this.isStopping && (await this.ensureLeadership());
    this.submitted.delete(run.id);
    if (isLeading) return this.execute(run);
    run.status = 'failed';
    run.error = this.isStopping
      ? 'The service stopped before the run.'
      : 'Another service leads the pipeline.';
    run.finishedAt = this.stores.clock.now();
    await this.state.saveRun(run);
    throw new CodedError('busy', run.error);
  }

  private async execute(run: PipelineRun): Promise<PipelineRun> {
    const leadership = this.leadership!;
    run.epoch = String(leadership.epoch);
    if (run.trigger === 'request') this.holds.clear();
    // A publish that failed half-way stays open in the log, although its rows may stand.
    if (this.hasOpenPublish) await this.log.recover();
    this.hasOpenPublish = false;
    run.startedAt = this.stores.clock.now();
    const context: RunContext = {
      runId: run.id,
      leadership,
      asOf: this.dayOf(run.startedAt),
      warehouse: this.stores.warehouse,
      science: this.science,
      log: this.log,
      state: this.state,
      windows: this.windows,
      models: this.models,
      holds: this.holds,
      floors: this.floors,
    };
    try {
      await runModels(context, this.project, run, this.stores);
    } catch (error) {
      run.status = 'failed';
      run.error = describe(error);
      if (error instanceof LostLeadership) await leadership.release();
      this.stores.logger.error({ err: error, run: run.id }, 'The run stopped.');
    }
    this.hasOpenPublish = run.status === 'failed';
    run.finishedAt = this.stores.clock.now();
    await this.record(run);
    return run;
  }

  private dayOf(now: Date): Date {
    const zone = this.stores.config.reportingTimezone;
    return DateTime.fromJSDate(now, { zone }).startOf('day').toJSDate();
  }

  /** An empty tick is not recorded; the ticks of an hour fold into one record. */
  private async record(run: PipelineRun): Promise<void> {
    if (run.trigger === 'request') return this.state.saveRun(run);
    if (isEmpty(run)) return;
    const folded = foldTick(this.folded.get(run.target), run);
    this.folded.set(run.target, folded);
    await this.state.saveRun(folded);
  }
}
