/** What every kind of model needs to run, and what it answers with. */
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { Model } from '../compiler/model.js';
import type { Science } from '../science/science.js';
import type { Leadership } from './leader.js';
import type { PipelineState } from './pipeline-state.js';
import type { PublishLog } from './publish-log.js';
import type { RetentionFloors } from './retention-floors.js';
import type { LoadWindows } from './load-window.js';

export interface RunContext {
  readonly runId: string;
  /** When the day of the run began in the reporting timezone. */
  readonly asOf: Date;
  readonly leadership: Pick<Leadership, 'epoch' | 'confirm'>;
  readonly warehouse: Warehouse;
  readonly science: Science;
  readonly log: PublishLog;
  readonly state: PipelineState;
  readonly windows: LoadWindows;
  /** The models by name, to find where an upstream's rows stand. */
  readonly models: ReadonlyMap<string, Model>;
  /** By model; a run that was asked for starts without any. */
  readonly holds: Map<string, Hold>;
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
  rows: number;
  quarantined: number;
  partitions: number;
  reason?: string;
}

export const UNCHANGED: Outcome = {
  status: 'unchanged',
  rows: 0,
  quarantined: 0,
  partitions: 0,
};

/** Stage names carry epoch and run, so that a new leader knows which are not its own. */
export function stageName(context: RunContext, model: Model, suffix = ''): string {
  const run = context.runId.replaceAll('-', '').slice(0, 12);
  const name = model.name.replace('.', '_');
  return `stage.${name}__e${context.leadership.epoch}_${run}${suffix}`;
}

export async function dropStages(context: RunContext, ...stages: string[]): Promise<void> {
  await context.warehouse.command('pipeline', `drop table if exists ${stages.join(', ')} sync`);
}

/** Sums what several passes of one model did; the later status wins unless it changed nothing. */
export function addOutcomes(total: Outcome, next: Outcome): Outcome {
  return {
    ...next,
    status: next.status === 'unchanged' ? total.status : next.status,
    rows: total.rows + next.rows,
    quarantined: total.quarantined + next.quarantined,
    partitions: total.partitions + next.partitions,
  };
}
