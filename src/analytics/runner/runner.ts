/**
 * Runs models: in order, one run at a time, as the one leader. Every run is idempotent: run twice,
 * or again after a crash, it leaves the same rows. Backfills go step by step between the runs.
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
import { QualityLog, type Acceptance } from '../quality/quality-log.js';
import { Science } from '../science/science.js';
import { timeColumnsOf } from './backfill.js';
import { Backfills } from './backfills.js';
import { compactVersions } from './compact.js';
import { Fence } from './fence.js';
import { Handover } from './handover.js';
import { Leadership, LostLeadership } from './leader.js';
import { LoadWindows } from './load-window.js';
import { PipelineState } from './pipeline-state.js';
import { dropOlderStages, prepare } from './prepare.js';
import { PublishLog } from './publish-log.js';
import { MonthBorders } from './month-borders.js';
import { RetentionFloors } from './retention-floors.js';
import type { Hold, RunContext } from './run-context.js';
import { describe, runModels, type Observers } from './run-models.js';
import { RunQueue } from './run-queue.js';
import { foldTick, isEmpty, isOfHour, newRun, type RunRequest } from './run-record.js';
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
  /** Where failed checks go as lines; nowhere if it is left out. */
  validationLog?: Logger;
}

/** How often the record of a run under way is written at the most. */
const RECORD_INTERVAL_MS = 500;

interface Submitted {
  id: string;
  finished: Promise<PipelineRun>;
}

export class Runner {
  readonly state: PipelineState;
  readonly log: PublishLog;
  readonly quality: QualityLog;
  private readonly fence = new Fence();
  private readonly ticks: Ticks;
  private readonly handover: Handover;
  private readonly backfills: Backfills;
  private readonly queue = new RunQueue();
  readonly floors: RetentionFloors;
  readonly borders: MonthBorders;
  private readonly science: Science;
  private windows: LoadWindows;
  private readonly models: ReadonlyMap<string, Model>;
  private readonly timeColumns: ReadonlyMap<string, string>;
  private leadership: Leadership | null = null;
  private hasOpenPublish = false;
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
    const { controlDb, clock, logger, validationLog } = stores;
    const { dataSource } = controlDb;
    this.state = new PipelineState(dataSource, clock, this.fence);
    this.log = new PublishLog(dataSource, clock, this.fence);
    this.quality = new QualityLog(dataSource, clock, validationLog ?? null);
    this.ticks = new Ticks(dataSource, this.fence);
    this.handover = new Handover(dataSource, this.state, this.fence, clock);
    this.floors = new RetentionFloors(dataSource);
    this.borders = new MonthBorders(dataSource, this.fence);
    this.science = new Science(stores.workers);
    this.models = new Map(project.models.map((model) => [model.name, model]));
    this.timeColumns = timeColumnsOf(project);
    this.windows = this.newWindows();
    const { state, log, queue } = this;
    this.backfills = new Backfills({
      ...{ project, state, log, queue, clock, logger },
      ensureLeadership: () => this.ensureLeadership(),
      begin: (run, signal) => this.begin(run, signal),
      observersOf: (run) => this.observersOf(run),
      failed: () => (this.hasOpenPublish = true),
      lost: async () => this.leadership?.release(),
    });
  }

  /**
   * A tick of a schedule; does nothing, and answers null, while another service leads. With the
   * time at which it was `due` it is done once, whichever services tick.
   */
  async tick(target: string, due?: Date): Promise<PipelineRun | null> {
    // A streaming tick comes again in seconds; the others wait their turn.
    if (this.queue.isStopping || (target === 'streaming' && this.queue.isBusy)) return null;
    return this.queue.enqueue(async () => {
      if (!(await this.ensureLeadership())) return null;
      if (due && !(await this.ticks.claim(target, due))) return null;
      if (target === 'streaming') await this.takeHandedOver();
      const tick = newRun({ target, trigger: 'schedule' }, this.stores.clock.now());
      const folded = this.folded.get(target);
      // The rows that it makes lead to the record that will be kept.
      if (isOfHour(folded, tick)) tick.id = folded!.id;
      const run = await this.execute(tick, new AbortController().signal);
      if (due) await this.ticks.finish(target, due);
      return run;
    });
  }

  /**
   * A run asked for: recorded at once, then waits its turn. Throws if the target is unknown. If
   * another service leads, that one does it; `finished` fails with `busy` if it does not.
   */
  async submit(request: RunRequest): Promise<Submitted> {
    selectModels(this.project, request.target);
    const run = newRun(request, this.stores.clock.now());
    const signal = this.queue.admit(run.id);
    await this.state.saveRun(run);
    const own = this.queue.enqueue(() => this.runSubmitted(run, signal));
    // Followed outside of the queue, which this service's own runs need once it leads.
    return { id: run.id, finished: own.then((done) => done ?? this.follow(run)) };
  }

  /** {@link submit}, and waits for the end. */
  async run(request: RunRequest): Promise<PipelineRun> {
    const { finished } = await this.submit(request);
    return finished;
  }

  /**
   * A backfill of `parameters.from` up to `parameters.to`: recorded at once, then step by step
   * between the runs. A service that leads later goes on with what a stopped one left.
   */
  backfill(request: RunRequest): Promise<Submitted> {
    return this.backfills.start(request);
  }

  /**
   * Stops a run between two steps of its tasks, or before it begins. Answers false if it is over;
   * one of another process stops at its next step.
   */
  async cancel(id: string): Promise<boolean> {
    const isOpen = await this.state.requestCancel(id);
    this.queue.abort(id);
    return isOpen;
  }

  /** Merges superseded versions, if this service leads. Answers how many partitions. */
  async compact(): Promise<number> {
    return this.queue.enqueue(async () => {
      if (this.queue.isStopping || !(await this.ensureLeadership())) return 0;
      await dropOlderStages(this.stores.warehouse, this.leadership!.epoch);
      return compactVersions(this.stores.warehouse, this.project);
    });
  }

  /**
   * Does work while no run is under way and this service leads, so that nothing is published
   * meanwhile. Fails with `busy` if another one leads.
   */
  async betweenRuns<T>(work: (leadership: Leadership) => Promise<T>): Promise<T> {
    // As a step: a tick that comes meanwhile waits for this work and no further.
    return this.queue.enqueueStep(async () => {
      if (this.queue.isStopping) throw new CodedError('shutting_down', '');
      if (await this.ensureLeadership()) return work(this.leadership!);
      throw new CodedError('busy', 'Another service leads the pipeline.');
    });
  }

  /** Leads if it can: prepares the tables, so that reads find them. Answers whether it leads. */
  async lead(): Promise<boolean> {
    return this.queue.enqueue(() => this.ensureLeadership());
  }

  /** Waits for the run under way and gives the leadership back; this service may lead again. */
  async resign(): Promise<void> {
    await this.queue.enqueue(async () => this.leadership?.release());
  }

  /** {@link resign} for good: runs that still wait fail, and no further one starts. */
  async stop(): Promise<void> {
    this.queue.isStopping = true;
    await this.resign();
    await Promise.allSettled(this.followed);
  }

  private newWindows(): LoadWindows {
    return new LoadWindows(this.stores.warehouse, this.state, (upstream) =>
      this.models.has(upstream) ? this.log.publishesOf(upstream) : undefined,
    );
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
      const { project, state, log, borders, queue } = this;
      await this.floors.load();
      await borders.load();
      const ownRuns = queue.ids();
      await prepare({ leadership, project, warehouse, state, log, borders, logger, ownRuns });
      await this.quality.load();
    } catch (error) {
      await leadership.release();
      throw error;
    }
    this.leadership = leadership;
    this.folded.clear();
    // What another leader did meanwhile, this one has not seen.
    this.windows = this.newWindows();
    await this.backfills.resume();
    return true;
  }

  /** Null if the run was left to the service that leads. */
  private async runSubmitted(run: PipelineRun, signal: AbortSignal): Promise<PipelineRun | null> {
    const { isStopping } = this.queue;
    try {
      if (signal.aborted) {
        return await this.close(run, 'cancelled', 'It was cancelled before it began.');
      }
      const isLeading = !isStopping && (await this.ensureLeadership());
      if (isLeading) return await this.execute(run, signal);
      if (!isStopping) await this.handover.offer(run);
    } finally {
      this.queue.leave(run.id);
    }
    if (!isStopping) return null;
    const reason = 'The service stopped before the run.';
    await this.close(run, 'failed', reason);
    throw new CodedError('busy', reason);
  }

  private follow(run: PipelineRun): Promise<PipelineRun> {
    const end = this.handover.follow(run, () => this.queue.isStopping);
    this.followed.add(end);
    return end.finally(() => this.followed.delete(end));
  }

  /** What was asked of services that do not lead. */
  private async takeHandedOver(): Promise<void> {
    for (const run of await this.handover.take()) {
      const signal = this.queue.signalOf(run.id);
      if (run.isCancelRequested) this.queue.abort(run.id);
      await this.execute(run, signal).finally(() => this.queue.leave(run.id));
    }
    await this.backfills.resume();
  }

  private async close(
    run: PipelineRun,
    status: PipelineRun['status'],
    error: string,
  ): Promise<PipelineRun> {
    Object.assign(run, { status, error, finishedAt: this.stores.clock.now() });
    await this.state.saveRun(run);
    return run;
  }

  private async execute(run: PipelineRun, signal: AbortSignal): Promise<PipelineRun> {
    const context = await this.begin(run, signal);
    try {
      const models = selectModels(this.project, run.target);
      await runModels(context, this.project, models, run, this.observersOf(run));
    } catch (error) {
      run.status = 'failed';
      run.error = describe(error);
      if (error instanceof LostLeadership) await this.leadership?.release();
      this.stores.logger.error({ err: error, run: run.id }, 'The run stopped.');
    }
    this.hasOpenPublish = run.status === 'failed';
    run.finishedAt = this.stores.clock.now();
    await this.record(run);
    return run;
  }

  private async begin(run: PipelineRun, signal: AbortSignal): Promise<RunContext> {
    const { clock, warehouse, config } = this.stores;
    const leadership = this.leadership!;
    run.epoch = String(leadership.epoch);
    run.status = 'running';
    if (run.trigger === 'request') this.holds.clear();
    // A publish that failed half-way stays open in the log, although its rows may stand.
    if (this.hasOpenPublish) await this.log.recover();
    this.hasOpenPublish = false;
    if (run.trigger !== 'backfill') run.startedAt = clock.now();
    const today = DateTime.fromJSDate(clock.now(), { zone: config.reportingTimezone });
    const { science, log, state, windows, quality, models, timeColumns } = this;
    const { holds, floors, borders } = this;
    return {
      ...{ runId: run.id, leadership, warehouse, clock, signal },
      ...{ science, log, state, windows, quality, models, timeColumns, holds, floors, borders },
      asOf: today.startOf('day').toJSDate(),
      acceptance: acceptanceOf(run),
    };
  }

  /** What follows a run: a request can be watched as it goes, and is asked whether it goes on. */
  private observersOf(run: PipelineRun): Observers {
    const { telemetry, logger } = this.stores;
    if (run.trigger === 'schedule') return { telemetry, logger };
    let recordedAt = 0;
    const onTask = async () => {
      if (performance.now() - recordedAt < RECORD_INTERVAL_MS) return;
      recordedAt = performance.now();
      await this.state.saveRun(run);
      if (await this.state.isCancelRequested(run.id)) this.queue.abort(run.id);
    };
    return { telemetry, logger, onTask };
  }

  /** An empty tick is not recorded; the ticks of an hour fold into one record. */
  private async record(run: PipelineRun): Promise<void> {
    if (run.trigger !== 'schedule') return this.state.saveRun(run);
    if (isEmpty(run)) return;
    const folded = foldTick(this.folded.get(run.target), run);
    this.folded.set(run.target, folded);
    await this.state.saveRun(folded);
  }
}

function acceptanceOf({ parameters, requestedBy }: PipelineRun): Acceptance | null {
  const { accept } = parameters;
  return accept ? { reason: accept, acceptedBy: requestedBy } : null;
}
