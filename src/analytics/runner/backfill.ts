/**
 * Backfill: the same code over a stated range of days. A plan is a list of steps, a model and some
 * days each, in the order of the graph; each step is whole, so that increments go on between two of
 * them and a backfill goes on where it was stopped.
 */
import type { StatementParameters } from '../../platform/warehouse/warehouse.js';
import type { Project, Model } from '../compiler/model.js';
import { backfillAppend, within, type DayRange } from './kinds/append-backfill.js';
import { rebuild } from './kinds/full.js';
import { recomputeDays } from './kinds/partition.js';
import { upsertChanged } from './kinds/upsert.js';
import { UNCHANGED, type Outcome, type RunContext } from './run-context.js';

export interface BackfillStep {
  model: Model;
  /** Null: the table as a whole, which has no days or is made anew anyway. */
  range: DayRange | null;
  /** Whether what upstream tables without days tell is read as well; it is once a model. */
  isFirst: boolean;
}

const EVER = new Date(0);
const DAY_MS = 86_400_000;

export function nameOf({ model, range }: BackfillStep): string {
  return range ? `${model.name} ${range.from} – ${range.to}` : model.name;
}

/** The days of the range in calendar months, which are fewer than an insert may touch. */
export function monthsOf({ from, to }: DayRange): DayRange[] {
  const months: DayRange[] = [];
  let start = new Date(`${from}T00:00:00Z`);
  const end = new Date(`${to}T00:00:00Z`);
  while (start < end) {
    const next = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + 1, 1));
    const until = next < end ? next : end;
    months.push({ from: start.toISOString().slice(0, 10), to: until.toISOString().slice(0, 10) });
    start = until;
  }
  return months;
}

export function planBackfill(models: readonly Model[], range: DayRange): BackfillStep[] {
  return models.flatMap((model): BackfillStep[] => {
    if (model.kind === 'full' || !model.time_column) {
      return [{ model, range: null, isFirst: true }];
    }
    return monthsOf(range).map((month, index) => ({ model, range: month, isFirst: index === 0 }));
  });
}

/** By table: the column that tells when what its rows are about happened. */
export function timeColumnsOf({ models, sources }: Project): ReadonlyMap<string, string> {
  const timed = [...models, ...sources].filter((table) => table.time_column !== undefined);
  return new Map(timed.map(({ name, time_column: time }) => [name, time!]));
}

export async function runBackfillStep(
  context: RunContext,
  { model, range, isFirst }: BackfillStep,
): Promise<Outcome> {
  switch (model.kind) {
    case 'append':
      return backfillAppend(context, model, range!);
    case 'upsert':
    case 'scd2':
      return backfillUpsert(context, model, range, isFirst);
    case 'partition':
      return backfillPartition(context, model, range!);
    case 'full':
      return rebuild(context, model);
    default:
      return UNCHANGED;
  }
}

/**
 * Dirty are the keys that stand in the range and those that upstream rows of the range name. A
 * model that is recomputed within spans of time is given these by upstream alone.
 */
async function backfillUpsert(
  context: RunContext,
  model: Model,
  range: DayRange | null,
  isFirst: boolean,
): Promise<Outcome> {
  const days: StatementParameters = range ? { from_day: range.from, to_day: range.to } : {};
  const changes = model.increments!.flatMap(({ from: upstream }) => {
    const time = context.timeColumns.get(upstream);
    if (range && time) return [{ upstream, where: within(time), parameters: days }];
    return isFirst ? [{ upstream, where: '1', parameters: {} }] : [];
  });
  const until = new Date(context.clock.now().getTime() + DAY_MS);
  const windows = model.increments!.map(({ from }) => ({ upstream: from, after: EVER, until }));
  const where = range ? standingWithin(model) : '1';
  const standing = model.recompute_within ? null : { where, parameters: days };
  return upsertChanged(context, model, windows, changes, standing);
}

function standingWithin({ time_column: from, until_column: until }: Model): string {
  if (!until) return within(from!);
  return `toDate(${until}) >= {from_day:Date} and toDate(${from}) < {to_day:Date}`;
}

/** Of the days those that anything was ever published for. */
async function backfillPartition(
  context: RunContext,
  model: Model,
  range: DayRange,
): Promise<Outcome> {
  const days = await context.log.daysOf(range.from, range.to);
  return days.length === 0 ? UNCHANGED : recomputeDays(context, model, days);
}
