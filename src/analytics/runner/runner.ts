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
import { nameOf, planBackfill, runBackfillStep, timeColumnsOf } from './backfill.js';
import type { BackfillStep } from './backfill.js';
import { compactVersions } from './compact.js';
import { Leadership, LostLeadership } from './leader.js';
import { LoadWindows } from './load-window.js';
import { PipelineState } from './pipeline-state.js';
import { prepare } from './prepare.js';
import { PublishLog } from './publish-log.js';
import { type Hold, type RunContext } from './run-context.js';
import { describe, runModels, runTask, type Observers } from './run-models.js';
import { foldTask, foldTick, isEmpty, isOfHour, newRun, statusOf } from './run-record.js';
import type { RunRequest } from './run-record.js';
import { selectModels } from './selection.js';

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

/** Runs that may wait at a time. */
const MAX_QUEUED_RUNS = 50;

/** How often the record of a run under way is written at the most. */
const RECORD_INTERVAL_MS = 500;

export class Runner {
  readonly state: PipelineState;
  readonly log: PublishLog;
  readonly quality: QualityLog;
  private readonly science: Science;
  private windows: LoadWindows;
  private readonly models: ReadonlyMap<string, Model>;
  private readonly timeColumns: ReadonlyMap<string, string>;
  private leadership: Leadership | null = null;
  private hasOpenPublish = false;
  private queue: Promise<unknown> = Promise.resolve();
  private queued = 0;
  private isStopping = false;
  /** Runs and backfills of this process that are not over, by which each can be cancelled. */
  private readonly underWay = new Map<string, AbortController>();
  /** Steps of backfills wait in the queue, but keep no tick from it. */
  private queuedSteps = 0;
  /** What each held `partition` model was held over, so that a tick does not try it again. */
  private readonly holds = new Map<string, Hold>();
  /** By target, the record into which the ticks of its hour fold. */
  private readonly folded = new Map<string, PipelineRun>();

  constructor(
    readonly project: Project,
    private readonly stores: RunnerStores,
  ) {
    const { controlDb, clock, validationLog } = stores;
    this.state = new PipelineState(controlDb.dataSource, clock);
    this.log = new PublishLog(controlDb.dataSource, clock);
    this.quality = new QualityLog(controlDb.dataSource, clock, validationLog ?? null);
    this.science = new Science(stores.workers);
    this.models = new Map(project.models.map((model) => [model.name, model]));
    this.timeColumns = timeColumnsOf(project);
    this.windows = this.newWindows();
  }

  /** A tick of a schedule; does nothing while another service leads. */
  async tick(target: string): Promise<PipelineRun | null> {
    // A streaming tick comes again in seconds; the others wait their turn.
    const isBusy = this.queued > this.queuedSteps;
    if (this.isStopping || (target === 'streaming' && isBusy)) return null;
    return this.enqueue(async () => {
      if (!(await this.ensureLeadership())) return null;
      const run = newRun({ target, trigger: 'schedule' }, this.stores.clock.now());
      const folded = this.folded.get(target);
      // The rows that it makes lead to the record that will be kept.
      if (isOfHour(folded, run)) run.id = folded!.id;
      return this.execute(run, new AbortController().signal);
    });
  }

  /**
   * A run asked for: recorded at once, then waits its turn. Throws if the target is unknown;
   * `finished` fails with `busy` if another service leads.
   */
  async submit(request: RunRequest): Promise<{ id: string; finished: Promise<PipelineRun> }> {
    selectModels(this.project, request.target);
    const run = newRun(request, this.stores.clock.now());
    const signal = await this.announce(run);
    return { id: run.id, finished: this.enqueue(() => this.runSubmitted(run, signal)) };
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
  async backfill(request: RunRequest): Promise<{ id: string; finished: Promise<PipelineRun> }> {
    const steps = await this.planOf(request);
    const run = newRun({ ...request, trigger: 'backfill' }, this.stores.clock.now());
    const done = request.retryOf ? await this.doneBefore(request.retryOf, steps) : 0;
    run.progress = progressOf(steps, done, null);
    const signal = await this.announce(run);
    return { id: run.id, finished: this.driveBackfill(run, steps, signal) };
  }

  /**
   * Stops a run between two steps of its tasks, or before it begins. Answers false if it is over;
   * one of another process stops at its next step.
   */
  async cancel(id: string): Promise<boolean> {
    const isOpen = await this.state.requestCancel(id);
    this.underWay.get(id)?.abort();
    return isOpen;
  }

  /**
   * Does `work` between two runs, so that what it reads of several tables belongs together. Throws
   * `busy` if another service leads.
   */
  async between<T>(work: () => Promise<T>): Promise<T> {
    return this.enqueue(async () => {
      if (this.isStopping) throw new CodedError('shutting_down', '');
      if (await this.ensureLeadership()) return work();
      throw new CodedError('busy', 'Another service leads the pipeline.');
    });
  }

  /** Merges superseded versions, if this service leads. Answers how many partitions. */
  async compact(): Promise<number> {
    return this.enqueue(async () => {
      if (this.isStopping || !(await this.ensureLeadership())) return 0;
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

  /** Records what was asked for; answers with the signal by which it is cancelled. */
  private async announce(run: PipelineRun): Promise<AbortSignal> {
    if (this.isStopping) throw new CodedError('shutting_down', '');
    if (this.underWay.size >= MAX_QUEUED_RUNS) {
      throw new CodedError('busy', `${this.underWay.size} runs wait already.`);
    }
    const controller = new AbortController();
    this.underWay.set(run.id, controller);
    await this.state.saveRun(run);
    return controller.signal;
  }

  private async ensureLeadership(): Promise<boolean> {
    if (this.leadership?.isHeld) return true;
    const { controlDb, warehouse, logger } = this.stores;
    const leadership = await Leadership.tryAcquire(controlDb, `${hostname()}/${process.pid}`);
    if (!leadership) return false;
    try {
      const { project, state, log } = this;
      await prepare({ project, warehouse, state, log, logger, ownRuns: [...this.underWay.keys()] });
      await this.quality.load();
    } catch (error) {
      await leadership.release();
      throw error;
    }
    this.leadership = leadership;
    this.folded.clear();
    // What another leader did meanwhile, this one has not seen.
    this.windows = this.newWindows();
    await this.resumeBackfills();
    return true;
  }

  private async runSubmitted(run: PipelineRun, signal: AbortSignal): Promise<PipelineRun> {
    const isLeading = !this.isStopping && !signal.aborted && (await this.ensureLeadership());
    try {
      if (isLeading) return await this.execute(run, signal);
    } finally {
      this.underWay.delete(run.id);
    }
    if (signal.aborted) return this.close(run, 'cancelled', 'It was cancelled before it began.');
    const reason = this.isStopping
      ? 'The service stopped before the run.'
      : 'Another service leads the pipeline.';
    await this.close(run, 'failed', reason);
    throw new CodedError('busy', reason);
  }

  private async close(
    run: PipelineRun,
    status: PipelineRun['status'],
    error: string | null,
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
      await this.fail(run, error);
    }
    this.hasOpenPublish = run.status === 'failed';
    run.finishedAt = this.stores.clock.now();
    await this.record(run);
    return run;
  }

  private async begin(run: PipelineRun, signal: AbortSignal): Promise<RunContext> {
    const { clock, warehouse } = this.stores;
    const leadership = this.leadership!;
    run.epoch = String(leadership.epoch);
    run.status = 'running';
    if (run.trigger === 'request') this.holds.clear();
    // A publish that failed half-way stays open in the log, although its rows may stand.
    if (this.hasOpenPublish) await this.log.recover();
    this.hasOpenPublish = false;
    if (run.trigger !== 'backfill') run.startedAt = clock.now();
    const { science, log, state, windows, quality, models, timeColumns, holds } = this;
    return {
      ...{ runId: run.id, leadership, asOf: this.dayOf(clock.now()), warehouse, signal },
      ...{ science, log, state, windows, quality, models, timeColumns, holds },
      acceptance: acceptanceOf(run),
    };
  }

  private async fail(run: PipelineRun, error: unknown): Promise<void> {
    run.status = 'failed';
    run.error = describe(error);
    if (error instanceof LostLeadership) await this.leadership?.release();
    this.stores.logger.error({ err: error, run: run.id }, 'The run stopped.');
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
      if (await this.state.isCancelRequested(run.id)) this.underWay.get(run.id)?.abort();
    };
    return { telemetry, logger, onTask };
  }

  /** The steps of the range, as far as anything was ever published. Throws if it is no range. */
  private async planOf({
    target,
    parameters = {},
  }: Pick<RunRequest, 'target' | 'parameters'>): Promise<BackfillStep[]> {
    const { from, to } = parameters;
    if (!isDay(from) || !isDay(to) || from >= to) {
      throw new CodedError('invalid_parameter', '`from` and `to` are days, and `to` is the later.');
    }
    const models = selectModels(this.project, target);
    const days = await this.log.daysOf(from, to);
    if (days.length === 0) return [];
    const last = DateTime.fromISO(days.at(-1)!, { zone: 'utc' });
    return planBackfill(models, { from: days[0]!, to: last.plus({ days: 1 }).toISODate()! });
  }

  /** How many of the steps a backfill had done; none if it was another plan. */
  private async doneBefore(id: string, steps: readonly BackfillStep[]): Promise<number> {
    const before = await this.state.findRun(id);
    const { done = 0, total = 0 } = before?.progress ?? {};
    return total === steps.length && done < total ? done : 0;
  }

  /** Each step waits in the queue by itself, so that ticks come between. */
  private async driveBackfill(
    run: PipelineRun,
    steps: readonly BackfillStep[],
    signal: AbortSignal,
  ): Promise<PipelineRun> {
    const first = run.progress!.done;
    const began = performance.now();
    try {
      for (const [index, step] of steps.entries()) {
        if (index < first) continue;
        if (signal.aborted) return await this.close(run, 'cancelled', 'It was cancelled.');
        const isGoingOn = await this.enqueueStep(() => this.runStep(run, step, signal));
        // It stays open: whoever leads next goes on with it.
        if (isGoingOn === null) return run;
        if (!isGoingOn) return await this.close(run, statusOf(run), run.error);
        const each = (performance.now() - began) / (index + 1 - first);
        run.progress = progressOf(steps, index + 1, each);
        await this.state.saveRun(run);
      }
      return await this.close(run, statusOf(run), null);
    } finally {
      this.underWay.delete(run.id);
    }
  }

  private enqueueStep<T>(work: () => Promise<T>): Promise<T> {
    this.queuedSteps += 1;
    return this.enqueue(work).finally(() => (this.queuedSteps -= 1));
  }

  /** Whether the backfill goes on; null if this service may not do it any more. */
  private async runStep(
    run: PipelineRun,
    step: BackfillStep,
    signal: AbortSignal,
  ): Promise<boolean | null> {
    if (this.isStopping || !(await this.ensureLeadership())) return null;
    const context = await this.begin(run, signal);
    const { name } = step.model;
    const before = run.models[name];
    try {
      const task = () => runBackfillStep(context, step);
      await runTask(context, step.model, run, task, this.observersOf(run));
    } catch (error) {
      if (!(error instanceof LostLeadership)) throw error;
      await this.leadership?.release();
      return null;
    }
    const after = run.models[name]!;
    run.models[name] = before ? foldTask(before, after) : after;
    if (after.status === 'failed') {
      this.hasOpenPublish = true;
      run.error = `${nameOf(step)}: ${after.reason}`;
    }
    return after.status !== 'failed' && after.status !== 'cancelled';
  }

  /** Backfills that a stopped leader left open. */
  private async resumeBackfills(): Promise<void> {
    for (const run of await this.state.openBackfills()) {
      if (this.underWay.has(run.id)) continue;
      const steps = await this.planOf(run);
      if (run.progress?.total !== steps.length) run.progress = progressOf(steps, 0, null);
      const controller = new AbortController();
      if (run.isCancelRequested) controller.abort();
      this.underWay.set(run.id, controller);
      this.driveBackfill(run, steps, controller.signal).catch((error: unknown) =>
        this.stores.logger.error({ err: error, run: run.id }, 'A backfill stopped.'),
      );
    }
  }

  private dayOf(now: Date): Date {
    const zone = this.stores.config.reportingTimezone;
    return DateTime.fromJSDate(now, { zone }).startOf('day').toJSDate();
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

function isDay(text: string | undefined): text is string {
  return /^\d{4}-\d\d-\d\d$/.test(text ?? '') && DateTime.fromISO(text!).isValid;
}

function acceptanceOf({ parameters, requestedBy }: PipelineRun): Acceptance | null {
  const { accept } = parameters;
  return accept ? { reason: accept, acceptedBy: requestedBy } : null;
}

function progressOf(steps: readonly BackfillStep[], done: number, eachMs: number | null) {
  const next = steps[done];
  return {
    done,
    total: steps.length,
    next: next ? nameOf(next) : null,
    remaining_ms: eachMs === null ? null : Math.round(eachMs * (steps.length - done)),
  };
}
