/**
 * Runs models: in order, one run at a time, as the one leader. Every run is idempotent: run twice,
 * or again after a crash, it leaves the same rows.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { CodedError } from '../../contracts/errors.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { ControlDb } from '../../platform/control-db/control-db.js';
import type {
  ModelRunSummary,
  PipelineRun,
} from '../../platform/control-db/entities/pipeline.entities.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Telemetry } from '../../platform/telemetry/telemetry.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import { ancestors } from '../compiler/graph.js';
import type { Model, Project } from '../compiler/model.js';
import { runAppend } from './kinds/append.js';
import { runPartition } from './kinds/partition.js';
import { runUpsert } from './kinds/upsert.js';
import { Leadership, LostLeadership } from './leader.js';
import { LoadWindows } from './load-window.js';
import { PipelineState } from './pipeline-state.js';
import { prepare } from './prepare.js';
import { PublishLog } from './publish-log.js';
import { UNCHANGED, type Hold, type Outcome, type RunContext } from './run-context.js';
import { selectModels } from './selection.js';

export interface RunnerStores {
  controlDb: ControlDb;
  warehouse: Warehouse;
  clock: Clock;
  telemetry: Telemetry;
  logger: Logger;
}

export interface RunRequest {
  /** A schedule, a model, or `all`. */
  target: string;
  trigger: 'schedule' | 'request';
}

export class Runner {
  readonly state: PipelineState;
  readonly log: PublishLog;
  private windows: LoadWindows;
  private readonly models: ReadonlyMap<string, Model>;
  private leadership: Leadership | null = null;
  private hasOpenPublish = false;
  private queue: Promise<unknown> = Promise.resolve();
  private queued = 0;
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
    this.windows = new LoadWindows(stores.warehouse, this.state);
    this.models = new Map(project.models.map((model) => [model.name, model]));
  }

  /** A tick of a schedule: does nothing while a run is under way or another service leads. */
  async tick(target: string): Promise<PipelineRun | null> {
    if (this.queued > 0) return null;
    return this.enqueue(async () => {
      if (!(await this.ensureLeadership())) return null;
      return this.execute(this.newRun({ target, trigger: 'schedule' }));
    });
  }

  /**
   * A run asked for: recorded at once, then waits its turn. Throws if the target is unknown;
   * `finished` fails with `busy` if another service leads.
   */
  async submit(target: string): Promise<{ id: string; finished: Promise<PipelineRun> }> {
    selectModels(this.project, target);
    const run = this.newRun({ target, trigger: 'request' });
    await this.state.saveRun(run);
    return { id: run.id, finished: this.enqueue(() => this.runSubmitted(run)) };
  }

  /** {@link submit}, and waits for the end. */
  async run(request: RunRequest): Promise<PipelineRun> {
    const { finished } = await this.submit(request.target);
    return finished;
  }

  /** Leads if it can: prepares the tables, so that reads find them. Answers whether it leads. */
  async lead(): Promise<boolean> {
    return this.enqueue(() => this.ensureLeadership());
  }

  /** Waits for the run under way and gives the leadership back. */
  async stop(): Promise<void> {
    await this.enqueue(async () => this.leadership?.release());
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
      await prepare({ project, warehouse, state, log, logger });
    } catch (error) {
      await leadership.release();
      throw error;
    }
    this.leadership = leadership;
    this.folded.clear();
    // What another leader did meanwhile, this one has not seen.
    this.windows = new LoadWindows(warehouse, this.state);
    return true;
  }

  private async runSubmitted(run: PipelineRun): Promise<PipelineRun> {
    if (await this.ensureLeadership()) return this.execute(run);
    run.status = 'failed';
    run.error = 'Another service leads the pipeline.';
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
      warehouse: this.stores.warehouse,
      log: this.log,
      state: this.state,
      windows: this.windows,
      models: this.models,
      holds: this.holds,
    };
    try {
      await this.runModels(context, selectModels(this.project, run.target), run);
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

  /** A failure stops only what stands below it; a held model's readers keep its last version. */
  private async runModels(
    context: RunContext,
    models: readonly Model[],
    run: PipelineRun,
  ): Promise<void> {
    const edges = new Map(this.project.models.map((model) => [model.name, model.upstream]));
    const stopped = new Set<string>();
    const current: string[] = [];
    for (const model of models) {
      const above = ancestors(edges, model.name);
      const blocker = [...stopped].find((name) => above.has(name));
      if (blocker && run.models[blocker]?.status === 'failed') {
        run.models[model.name] = summary('skipped', UNCHANGED, 0, `${blocker} failed.`);
        stopped.add(model.name);
        continue;
      }
      const result = await this.runModel(context, model);
      run.models[model.name] = result;
      if (result.status === 'held' || result.status === 'failed') stopped.add(model.name);
      else if (!blocker) current.push(model.name);
    }
    await this.state.advance(current, run.startedAt);
    run.status = statusOf(run);
    this.stores.telemetry.heldModels.set(count(run, 'held'));
  }

  private async runModel(context: RunContext, model: Model): Promise<ModelRunSummary> {
    const startedAt = performance.now();
    const elapsed = () => Math.round(performance.now() - startedAt);
    try {
      const outcome = await RUN_BY_KIND[model.kind](context, model);
      const result = summary(outcome.status, outcome, elapsed(), outcome.reason);
      this.stores.telemetry.modelSeconds.observe(
        { model: model.name, status: result.status },
        result.duration_ms / 1000,
      );
      if (outcome.status === 'held') {
        await this.state.stop(model.name, 'held', outcome.reason!);
        this.stores.logger.warn({ model: model.name, reason: outcome.reason }, 'A model is held.');
      }
      return result;
    } catch (error) {
      if (error instanceof LostLeadership) throw error;
      const reason = describe(error);
      this.stores.logger.error({ err: error, model: model.name }, 'A model failed.');
      await this.state.stop(model.name, 'failed', reason);
      return summary('failed', UNCHANGED, elapsed(), reason);
    }
  }

  private newRun({ target, trigger }: RunRequest): PipelineRun {
    return {
      id: randomUUID(),
      target,
      trigger,
      status: 'running',
      epoch: '0',
      ticks: 1,
      models: {},
      error: null,
      startedAt: this.stores.clock.now(),
      finishedAt: null,
    };
  }

  /** An empty tick is not recorded; the ticks of an hour fold into one record. */
  private async record(run: PipelineRun): Promise<void> {
    if (run.trigger === 'request') return this.state.saveRun(run);
    if (run.status === 'published' && count(run, 'published') === 0) return;
    const folded = foldTick(this.folded.get(run.target), run);
    this.folded.set(run.target, folded);
    await this.state.saveRun(folded);
  }
}

const RUN_BY_KIND: Record<Model['kind'], (context: RunContext, model: Model) => Promise<Outcome>> =
  {
    append: runAppend,
    upsert: runUpsert,
    partition: runPartition,
    view: async () => UNCHANGED,
  };

function summary(
  status: ModelRunSummary['status'],
  outcome: Outcome,
  durationMs: number,
  reason?: string,
): ModelRunSummary {
  const { rows, quarantined, partitions } = outcome;
  const why = reason ? { reason } : {};
  return { status, rows, quarantined, partitions, duration_ms: durationMs, ...why };
}

function count(run: PipelineRun, status: ModelRunSummary['status']): number {
  return Object.values(run.models).filter((model) => model.status === status).length;
}

function statusOf(run: PipelineRun): PipelineRun['status'] {
  if (count(run, 'failed') > 0) return 'failed';
  return count(run, 'held') > 0 ? 'held' : 'published';
}

/** Adds a tick to the record of its hour, or starts a new record. */
function foldTick(folded: PipelineRun | undefined, tick: PipelineRun): PipelineRun {
  const hour = (run: PipelineRun) => run.startedAt.toISOString().slice(0, 13);
  if (!folded || hour(folded) !== hour(tick)) return tick;
  const models = { ...folded.models };
  for (const [name, next] of Object.entries(tick.models)) {
    const before = models[name];
    models[name] = before
      ? {
          ...next,
          rows: before.rows + next.rows,
          quarantined: before.quarantined + next.quarantined,
          duration_ms: before.duration_ms + next.duration_ms,
        }
      : next;
  }
  const { id, startedAt } = folded;
  const status = worse(folded.status, tick.status);
  const error = tick.error ?? folded.error;
  return { ...tick, id, startedAt, status, error, ticks: folded.ticks + 1, models };
}

const BY_GRAVITY: readonly PipelineRun['status'][] = ['failed', 'held', 'running', 'published'];

/** An hour in which a tick failed must not look like one in which all went well. */
function worse(a: PipelineRun['status'], b: PipelineRun['status']): PipelineRun['status'] {
  return BY_GRAVITY.find((status) => status === a || status === b) ?? b;
}

/** What failed, in words that hold no data: the engine's number and name, or the error's class. */
function describe(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  const { code, type, name } = error as { code?: string; type?: string; name?: string };
  return [name ?? 'Error', code, type].filter(Boolean).join(' ');
}
