/** What every kind of model needs to run, and what it answers with. */
import type { Clock } from '../../platform/clock/clock.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { Model } from '../compiler/model.js';
import type { Acceptance, QualityLog } from '../quality/quality-log.js';
import type { Science } from '../science/science.js';
import type { Leadership } from './leader.js';
import type { PipelineState } from './pipeline-state.js';
import type { PublishLog } from './publish-log.js';
import type { LoadWindow, LoadWindows } from './load-window.js';
import type { MonthBorders } from './month-borders.js';
import type { RetentionFloors } from './retention-floors.js';

export interface RunContext {
  readonly runId: string;
  /** When the day of the run began in the reporting timezone. */
  readonly asOf: Date;
  readonly leadership: Pick<Leadership, 'epoch' | 'confirm' | 'assertHeld'>;
  readonly warehouse: Warehouse;
  readonly clock: Clock;
  readonly science: Science;
  readonly log: PublishLog;
  readonly state: PipelineState;
  readonly windows: LoadWindows;
  readonly quality: QualityLog;
  /** The models by name, to find where an upstream's rows stand. */
  readonly models: ReadonlyMap<string, Model>;
  /** By model or source: the column that tells when what its rows are about happened. */
  readonly timeColumns: ReadonlyMap<string, string>;
  /** By model; a run that was asked for starts without any. */
  readonly holds: Map<string, Hold>;
  /** A person's word that failed checks do not hold this run. */
  readonly acceptance: Acceptance | null;
  /** Aborted when the run is cancelled; asked between steps, each of which is whole. */
  readonly signal: AbortSignal;
  /** Before which day each model's rows stand by month. */
  readonly borders: Pick<MonthBorders, 'of'>;
  /** From which day on each model keeps rows. */
  readonly floors: Pick<RetentionFloors, 'of' | 'condition'>;
}

/** Over which upstream versions a model was held, and why. */
export interface Hold {
  versions: string;
  reason: string;
}

export interface Outcome {
  status: 'published' | 'unchanged' | 'held';
  /** Rows that the model's SQL made. */
  rowsIn: number;
  rows: number;
  quarantined: number;
  /** Of the published stages. */
  bytes: number;
  partitions: number;
  /** The newest version published. */
  version: string | null;
  /** What was read of each upstream table. */
  checkpoints: Record<string, { after: string; until: string }>;
  reason?: string;
}

export const UNCHANGED: Outcome = {
  status: 'unchanged',
  rowsIn: 0,
  rows: 0,
  quarantined: 0,
  bytes: 0,
  partitions: 0,
  version: null,
  checkpoints: {},
};

/** A run that was cancelled stops between two steps. */
export class Cancelled extends Error {
  constructor() {
    super('The run was cancelled.');
    this.name = 'Cancelled';
  }
}

export function refuseIfCancelled({ signal }: Pick<RunContext, 'signal'>): void {
  if (signal.aborted) throw new Cancelled();
}

/**
 * Stage names carry epoch and run, so that a new leader knows which are not its own. A leader that
 * was paused past its lock is given none.
 */
export function stageName(context: RunContext, model: Model, suffix = ''): string {
  context.leadership.assertHeld();
  const run = context.runId.replaceAll('-', '').slice(0, 12);
  const name = model.name.replace('.', '_');
  return `stage.${name}__e${context.leadership.epoch}_${run}${suffix}`;
}

export async function dropStages(context: RunContext, ...stages: string[]): Promise<void> {
  await context.warehouse.command('pipeline', `drop table if exists ${stages.join(', ')} sync`);
}

/** A scalar: how many bytes a stage takes, as stored. */
export function bytesOf(stage: string): string {
  const table = stage.replace('stage.', '');
  return `(select sum(bytes_on_disk) from system.parts
     where active and database = 'stage' and table = '${table}')`;
}

/** Sums what several passes of one model did; the later status wins unless it changed nothing. */
export function addOutcomes(total: Outcome, next: Outcome): Outcome {
  return {
    ...next,
    status: next.status === 'unchanged' ? total.status : next.status,
    rowsIn: total.rowsIn + next.rowsIn,
    rows: total.rows + next.rows,
    quarantined: total.quarantined + next.quarantined,
    bytes: total.bytes + next.bytes,
    partitions: total.partitions + next.partitions,
    version: next.version ?? total.version,
    checkpoints: mergeCheckpoints(total.checkpoints, next.checkpoints),
  };
}

/** From where the first began to where the last ended. */
export function mergeCheckpoints(
  first: Outcome['checkpoints'],
  last: Outcome['checkpoints'],
): Outcome['checkpoints'] {
  const merged = { ...first };
  for (const [upstream, { after, until }] of Object.entries(last)) {
    merged[upstream] = { after: first[upstream]?.after ?? after, until };
  }
  return merged;
}

/** What the windows read, as checkpoints of an outcome. */
export function checkpointsOf(windows: readonly LoadWindow[]): Outcome['checkpoints'] {
  return Object.fromEntries(
    windows.map(({ upstream, after, until }) => [
      upstream,
      { after: after.toISOString(), until: until.toISOString() },
    ]),
  );
}
