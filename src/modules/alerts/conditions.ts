/**
 * What is wrong, from what is known: a pure function of a state, so that whichever service looks
 * comes to the same alerts. A cause is told once: what follows from it is not an alert of its own.
 */
import type { Alert, AlertKind } from './kinds.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** How old a model may be, by its schedule: its interval, and what a run of it may take. */
export const STALE_AFTER_MS = {
  streaming: 15 * MINUTE_MS,
  minutely: 15 * MINUTE_MS,
  hourly: 2.5 * HOUR_MS,
  daily: 26 * HOUR_MS,
} as const;

/** Longer than three of the longest interval that SHOP_INTERVAL_MS allows. */
const SOURCE_STALE_AFTER_MS = 15 * MINUTE_MS;

/** After an outage the service catches up before anything is called late. */
export const START_GRACE_MS = 5 * MINUTE_MS;

/** A tick fails and the next goes well: that is no alert. */
const RUN_RECOVERY_MS = 2 * MINUTE_MS;

export const QUALITY_TARGETS = { completeness: 0.95, accuracy: 0.99 } as const;

export interface KnownModel {
  name: string;
  /** None for a view. */
  schedule: string | null;
  upstream: readonly string[];
  status: 'ok' | 'held' | 'failed';
  reason: string | null;
  asOf: Date | null;
}

export interface KnownState {
  now: Date;
  /** Since when the present leader runs the pipeline; null if none ever did. */
  ledSince: Date | null;
  models: readonly KnownModel[];
  /** The newest run of each target. */
  runs: readonly {
    target: string;
    status: string;
    error: string | null;
    finishedAt: Date | null;
  }[];
  /** Null if no event ever came, undefined if nobody can tell now. */
  lastEventAt: Date | null | undefined;
  /** 0: silence is no alert. */
  silenceMinutes: number;
  /** The shop's database, if connected. */
  source: { name: string; readAt: Date | null; error: string | null } | null;
  /** The newest of each table, as shares from 0 to 1. */
  scores: readonly { model: string; completeness: number | null; accuracy: number | null }[];
  undelivered: readonly { channel: string; reports: number }[];
}

/** All that is wrong now. */
export function evaluate(state: KnownState): Alert[] {
  return [
    ...stoppedModels(state),
    ...staleModels(state),
    ...failedRuns(state),
    ...silence(state),
    ...staleSource(state),
    ...lowQuality(state),
    ...undeliveredReports(state),
  ];
}

/** Kinds about which the state says nothing: what is open of them stays open. */
export function unknownKinds({ lastEventAt }: KnownState): AlertKind[] {
  return lastEventAt === undefined ? ['ingestion_silent'] : [];
}

function stoppedModels({ models }: KnownState): Alert[] {
  return models.flatMap(({ name, status, reason, asOf }): Alert[] => {
    if (status === 'ok') return [];
    const serves = asOf ? `Its version as of ${asOf.toISOString()} keeps serving.` : '';
    return [
      {
        kind: status === 'held' ? 'model_held' : 'model_failed',
        subject: name,
        summary: `${name} ${status === 'held' ? 'is held: a check failed' : 'failed'}`,
        detail: [ended(reason ?? 'No reason was recorded.'), serves].join(' ').trim(),
      },
    ];
  });
}

function staleModels(state: KnownState): Alert[] {
  const { now, ledSince, models } = state;
  if (!ledSince) return [];
  const allowed = allowances(models);
  const ledMs = now.getTime() - ledSince.getTime();
  const isStale = ({ name, schedule, asOf, status }: KnownModel): boolean => {
    if (schedule === null || status !== 'ok') return false;
    const allowedMs = allowed.get(name)!;
    if (asOf === null) return ledMs > allowedMs;
    return ledMs > START_GRACE_MS && now.getTime() - asOf.getTime() > allowedMs;
  };
  return unexplained(state, isStale).map(({ name, schedule, asOf }) => ({
    kind: 'model_stale',
    subject: name,
    summary: `${name} is stale`,
    detail:
      `It runs ${schedule} and is as of ${asOf?.toISOString() ?? 'never'}; ` +
      `${minutes(allowed.get(name)!)} are allowed.`,
  }));
}

/** By model. One that reads a slower one is as old as that, and may be. */
function allowances(models: readonly KnownModel[]): Map<string, number> {
  const byName = new Map(models.map((model) => [model.name, model]));
  const allowed = new Map<string, number>();
  const allow = ({ name, schedule, upstream }: KnownModel): number => {
    const known = allowed.get(name);
    if (known !== undefined) return known;
    const above = upstream.flatMap((other) => byName.get(other) ?? []).map(allow);
    const allowedMs = Math.max(ownAllowance(schedule), ...above);
    allowed.set(name, allowedMs);
    return allowedMs;
  };
  models.forEach(allow);
  return allowed;
}

/** A view has none; a schedule that is not known here is taken as the slowest. */
function ownAllowance(schedule: string | null): number {
  if (schedule === null) return 0;
  const known: Record<string, number> = STALE_AFTER_MS;
  return known[schedule] ?? STALE_AFTER_MS.daily;
}

/** Models of which this is true, and neither true nor stopped of anything that they read. */
function unexplained(
  { models }: Pick<KnownState, 'models'>,
  isLate: (model: KnownModel) => boolean,
): KnownModel[] {
  const byName = new Map(models.map((model) => [model.name, model]));
  const explained = new Map<string, boolean>();
  const isExplained = ({ name, upstream }: KnownModel): boolean => {
    const known = explained.get(name);
    if (known !== undefined) return known;
    const found = upstream.some((other) => {
      const above = byName.get(other);
      return above && (above.status !== 'ok' || isLate(above) || isExplained(above));
    });
    explained.set(name, found);
    return found;
  };
  return models.filter((model) => model.status === 'ok' && isLate(model) && !isExplained(model));
}

function failedRuns({ runs, models }: KnownState): Alert[] {
  return runs.flatMap(({ target, status, error, finishedAt }): Alert[] => {
    if (status !== 'failed' || error === null || !finishedAt) return [];
    const madeFromMs = finishedAt.getTime() - RUN_RECOVERY_MS;
    const isTarget = ({ name, schedule }: KnownModel) =>
      schedule !== null && [name, schedule, 'all'].includes(target);
    const behind = unexplained({ models }, ({ asOf, schedule }) => {
      return schedule !== null && (asOf === null || asOf.getTime() < madeFromMs);
    }).filter(isTarget);
    if (behind.length === 0) return [];
    return [
      {
        kind: 'run_failed',
        subject: target,
        summary: `The run of ${target} failed`,
        detail: `It stopped at ${finishedAt.toISOString()}: ${ended(error)}`,
      },
    ];
  });
}

function silence({ now, ledSince, lastEventAt, silenceMinutes }: KnownState): Alert[] {
  if (silenceMinutes === 0 || !lastEventAt || !ledSince) return [];
  if (now.getTime() - ledSince.getTime() <= START_GRACE_MS) return [];
  if (now.getTime() - lastEventAt.getTime() <= silenceMinutes * MINUTE_MS) return [];
  return [
    {
      kind: 'ingestion_silent',
      subject: 'events',
      summary: `No event arrived for ${silenceMinutes} minutes`,
      detail: `The last one was stored at ${lastEventAt.toISOString()}.`,
    },
  ];
}

function staleSource({ now, ledSince, source }: KnownState): Alert[] {
  if (!source || !ledSince) return [];
  const quietSince = source.readAt ?? ledSince;
  if (now.getTime() - ledSince.getTime() <= START_GRACE_MS) return [];
  if (now.getTime() - quietSince.getTime() <= SOURCE_STALE_AFTER_MS) return [];
  const why = source.error ? ` The last extraction failed: ${source.error}.` : '';
  return [
    {
      kind: 'source_stale',
      subject: source.name,
      summary: `The shop database ${source.name} is not being read`,
      detail: `It was last read at ${source.readAt?.toISOString() ?? 'no time yet'}.${why}`,
    },
  ];
}

function lowQuality({ scores }: KnownState): Alert[] {
  return scores.flatMap(({ model, ...score }): Alert[] => {
    const low = (['completeness', 'accuracy'] as const).filter(
      (name) => score[name] !== null && score[name] < QUALITY_TARGETS[name],
    );
    if (low.length === 0) return [];
    const words = low.map(
      (name) => `${name} ${percent(score[name]!)} of ${percent(QUALITY_TARGETS[name])}`,
    );
    return [
      {
        kind: 'quality_below_target',
        subject: model,
        summary: `The quality of ${model} is below its target`,
        detail: `${words.join(', ')}.`,
      },
    ];
  });
}

function undeliveredReports({ undelivered }: KnownState): Alert[] {
  return undelivered.map(({ channel, reports }) => ({
    kind: 'report_undelivered',
    subject: channel,
    summary: `Reports are not delivered to ${channel}`,
    detail: `${reports} of the last seven days were refused at least three times.`,
  }));
}

/** Rounded down: what is just below its target must not read as the target. */
const percent = (share: number) => `${(Math.floor(share * 1000) / 10).toFixed(1)}%`;
const minutes = (ms: number) => `${Math.round(ms / MINUTE_MS)} minutes`;
const ended = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`);
