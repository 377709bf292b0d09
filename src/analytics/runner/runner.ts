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
import { Fence } from './fence.js';
import { Handover } from './handover.js';
import { Leadership, LostLeadership } from './leader.js';
import { LoadWindows } from './load-window.js';
import { PipelineState } from './pipeline-state.js';
import { dropOlderStages, prepare } from './prepare.js';
import { PublishLog } from './publish-log.js';
import type { Hold, RunContext } from './run-context.js';
import { describe, runModels } from './run-models.js';
import { foldTick, isEmpty, newRun, type RunRequest } from './run-record.js';
import { selectModels } from './selection.js';
import { Ticks } from './ticks.js';

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
  private readonly fence = new Fence();
  private readonly ticks: Ticks;
  private readonly handover: Handover;
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
  /** Runs that were left to the service that leads. */
  private readonly followed = new Set<Promise<PipelineRun>>();
  /** By target, the record into which the ticks of its hour fold. */
  private readonly folded = new Map<string, PipelineRun>();

  constructor(
    readonly project: Project,
    private readonly stores: RunnerStores,
  ) {
    const { dataSource } = stores.controlDb;
    this.state = new PipelineState(dataSource, stores.clock, this.fence);
    this.log = new PublishLog(dataSource, stores.clock, this.fence);
    this.ticks = new Ticks(dataSource, this.fence);
    this.handover = new Handover(dataSource, this.state, this.fence, stores.clock);
    this.science = new Science(stores.workers);
    this.models = new Map(project.models.map((model) => [model.name, model]));
    this.windows = this.newWindows();
  }

  /**
   * A tick of a schedule; does nothing, and answers null, while another service leads. With the
   * time at which it was `due` it is done once, whichever services tick.
   */
  async tick(target: string, due?: Date): Promise<PipelineRun | null> {
    // A streaming tick comes again in seconds; the others wait their turn.
    if (this.isStopping || (target === 'streaming' && this.queued > 0)) return null;
    return this.enqueue(async () => {
      if (!(await this.ensureLeadership())) return null;
      if (due && !(await this.ticks.claim(target, due))) return null;
      if (target === 'streaming') await this.runHandedOver();
      const tick = newRun({ target, trigger: 'schedule' }, this.stores.clock.now());
      const run = await this.execute(tick);
      if (due) await this.ticks.finish(target, due);
      return run;
    });
  }

  /**
   * A run asked for: recorded at once, then waits its turn. Throws if the target is unknown. If
   * another service leads, that one does it; `finished` fails with `busy` if it does not.
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
    const own = this.enqueue(() => this.runSubmitted(run));
    // Followed outside of the queue, which this service's own runs need once it leads.
    return { id: run.id, finished: own.then((done) => done ?? this.follow(run)) };
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
      await dropOlderStages(this.stores.warehouse, this.leadership!.epoch);
      return compactVersions(this.stores.warehouse, this.project);
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
    await Promise.allSettled(this.followed);
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
    // Of one that expired by our clock the connection may still hold the lock.
    await this.leadership?.release();
    this.leadership = null;
    const { controlDb, warehouse, logger } = this.stores;
    const leadership = await Leadership.tryAcquire(controlDb, `${hostname()}/${process.pid}`);
    if (!leadership) return false;
    try {
      this.fence.epoch = leadership.epoch;
      const { project, state, log } = this;
      const ownRuns = [...this.submitted];
      await prepare({ leadership, project, warehouse, state, log, logger, ownRuns });
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

  /** Null if the run was left to the service that leads. */
  private async runSubmitted(run: PipelineRun): Promise<PipelineRun | null> {
    const isLeading = !this.isStopping && (await this.ensureLeadership());
    if (!isLeading && !this.isStopping) await this.handover.offer(run);
    this.submitted.delete(run.id);
    if (isLeading) return this.execute(run);
    if (!this.isStopping) return null;
    run.status = 'failed';
    run.error = 'The service stopped before the run.';
    run.finishedAt = this.stores.clock.now();
    await this.state.saveRun(run);
    throw new CodedError('busy', run.error);
  }

  private follow(run: PipelineRun): Promise<PipelineRun> {
    const end = this.handover.follow(run, () => this.isStopping);
    this.followed.add(end);
    return end.finally(() => this.followed.delete(end));
  }

  private async runHandedOver(): Promise<void> {
    for (const run of await this.handover.take()) await this.execute(run);
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
