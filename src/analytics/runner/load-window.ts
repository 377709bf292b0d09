/**
 * Which upstream rows are new: by `_loaded_at`, which the engine sets at insert. An insert may
 * become visible some time after that instant, so readers look back further than an insert may
 * last, if anything there is not as they found it; what they then read twice is dropped by key.
 */
import {
  fromEngineInstant,
  type StatementParameters,
  type Warehouse,
} from '../../platform/warehouse/warehouse.js';
import type { PipelineState } from './pipeline-state.js';

export const LOOKBACK_SECONDS = 120;

/**
 * How long a table that only the pipeline writes is not asked again while no publish tells of it;
 * what a leader of before may have inserted late is found within the lookback.
 */
const LOOK_AGAIN_MS = 60_000;

/** The most new rows that one window takes in, unless more were loaded at the same instant. */
export const WINDOW_ROWS = 200_000;

export interface LoadWindow {
  upstream: string;
  after: Date;
  until: Date;
  /** True if rows were left for another window. */
  hasMore: boolean;
  /** Of one that ends before the watermark, as a lookback with many rows is read in parts. */
  partOfLookback?: Part;
  /** What stood within the lookback of `until` before the window was read. */
  tail: string;
}

/** What a model knows that it has read: up to `until`, with `tail` as the last of it. */
interface Seen {
  until: number;
  tail: string;
}

/** How far a lookback was read again, of which watermark, and what stood in it then. */
interface Part extends Seen {
  from: Date;
}

interface Standing {
  /** Of the rows within the lookback of the watermark, and of `until`. */
  watermark_tail: string;
  until_tail: string;
  /** Beyond the watermark. */
  rows: string;
  /** What `until` was. */
  asked_until: string;
}

/** Of one upstream: by question, as long as nothing further is published. */
interface Answers {
  at: number;
  published: number;
  standing: Map<string, Promise<Standing>>;
}

export class LoadWindows {
  /** In memory, since a new leader looks back anyway. */
  private readonly seen = new Map<string, Seen>();
  /** How far into its lookback a model has read again, and what stood there when it began. */
  private readonly readAgain = new Map<string, Part>();
  /** When nothing new was found last, and which publish of the upstream was the newest then. */
  private readonly quiet = new Map<string, { at: number; published: number }>();
  /** Where the next windows end, found together: a long backlog is not counted for each. */
  private readonly planned = new Map<string, Date[]>();
  /** What an upstream said since it was published last: its models mostly ask the same. */
  private readonly answers = new Map<string, Answers>();

  constructor(
    private readonly warehouse: Warehouse,
    private readonly state: PipelineState,
    /** How often this process has published a model; undefined for what others write. */
    private readonly publishesOf: (upstream: string) => number | undefined,
  ) {}

  /** The rows of `table` that `model` has not read, or null if nothing arrived. */
  async next(model: string, upstream: string, table: string): Promise<LoadWindow | null> {
    const key = `${model}/${upstream}`;
    const published = this.publishesOf(upstream);
    const quiet = this.quiet.get(key);
    const isQuiet = quiet && performance.now() - quiet.at < LOOK_AGAIN_MS;
    if (isQuiet && quiet.published === published) return null;
    const window = await this.look(key, model, upstream, table);
    if (window || published === undefined) this.quiet.delete(key);
    else this.quiet.set(key, { at: performance.now(), published });
    return window;
  }

  private async look(
    key: string,
    model: string,
    upstream: string,
    table: string,
  ): Promise<LoadWindow | null> {
    const watermark = await this.state.watermark(model, upstream);
    const seen = this.seen.get(key);
    const isKnown = (tail: string) => seen?.until === watermark.getTime() && seen.tail === tail;
    const planned = this.planned.get(key)?.[0];
    // One statement for both tails, asked before the rows are read: a row that becomes visible
    // later is in neither and so found by the next comparison; one that came earlier is in both.
    const standing = await this.standing(upstream, table, watermark, planned);
    const hasNoTail = standing.watermark_tail === NOTHING;
    const isAsFound = isKnown(standing.watermark_tail);
    if (planned && isAsFound) {
      return windowOf({ upstream, after: watermark, until: planned, hasMore: true }, standing);
    }
    if (planned) {
      this.planned.delete(key);
      this.answers.delete(upstream);
      return this.look(key, model, upstream, table);
    }
    if (standing.rows === '0' && (hasNoTail || isAsFound)) return null;
    if (isAsFound && Number(standing.rows) <= WINDOW_ROWS) {
      const until = fromEngineInstant(standing.asked_until);
      return windowOf({ upstream, after: watermark, until, hasMore: false }, standing);
    }
    // Where a row came late, or this leader has not read them, all of the lookback is read again.
    // In parts where it holds many; a row that comes late between two parts begins it anew.
    const again = this.readAgain.get(key);
    const isGoingOn =
      again?.until === watermark.getTime() && again.tail === standing.watermark_tail;
    const readUntil = isGoingOn ? again.from : lookbackOf(watermark);
    const after = isAsFound ? watermark : readUntil;
    const [until, ...further] = await this.boundaries(table, after);
    const found = await this.standing(upstream, table, watermark, until!);
    if (found.watermark_tail !== standing.watermark_tail) {
      this.answers.delete(upstream);
      return this.look(key, model, upstream, table);
    }
    const isPartOfLookback = until! < watermark && further.length > 0;
    if (!isPartOfLookback) this.planned.set(key, further);
    const window = { upstream, after, until: until!, hasMore: further.length > 0 };
    if (!isPartOfLookback) return windowOf(window, found);
    const part = { from: until!, until: watermark.getTime(), tail: found.watermark_tail };
    return { ...windowOf(window, found), partOfLookback: part };
  }

  /** Records that a window was read to its end and all that follows from it is published. */
  async finish(model: string, window: LoadWindow): Promise<void> {
    const key = `${model}/${window.upstream}`;
    const { upstream, until, tail } = window;
    if (window.partOfLookback) {
      this.readAgain.set(key, window.partOfLookback);
      return;
    }
    await this.state.saveWatermark(model, upstream, until);
    this.readAgain.delete(key);
    const planned = this.planned.get(key)?.filter((end) => end > until) ?? [];
    if (planned.length > 0) this.planned.set(key, planned);
    else this.planned.delete(key);
    this.seen.set(key, { until: until.getTime(), tail });
  }

  /**
   * {@link ask}, unless another model has asked the same of a table that only the pipeline writes.
   * An older answer serves as well: what became visible after it differs from it at the next look.
   */
  private standing(
    upstream: string,
    table: string,
    watermark: Date,
    until?: Date,
  ): Promise<Standing> {
    const published = this.publishesOf(upstream);
    if (published === undefined) return this.ask(table, watermark, until);
    let answers = this.answers.get(upstream);
    const isOld = !answers || performance.now() - answers.at > LOOK_AGAIN_MS;
    if (isOld || answers!.published !== published) {
      answers = { at: performance.now(), published, standing: new Map() };
      this.answers.set(upstream, answers);
    }
    const question = `${watermark.getTime()}/${until?.getTime()}`;
    const asked = answers!.standing.get(question) ?? this.ask(table, watermark, until);
    answers!.standing.set(question, asked);
    asked.catch(() => answers!.standing.delete(question));
    return asked;
  }

  /** Rows are told apart by their load times; those of one insert have the same. */
  private ask(table: string, watermark: Date, until?: Date): Promise<Standing> {
    const tail = (end: string) => {
      const within = `_loaded_at > ${end} - interval ${LOOKBACK_SECONDS} second and _loaded_at <= ${end}`;
      return `concat(toString(countIf(${within})), '/',
         toString(sumIf(cityHash64(_loaded_at), ${within})))`;
    };
    const beyond = `_loaded_at > {after_watermark:DateTime64(3, 'UTC')}`;
    const last = `greatest({until:DateTime64(3, 'UTC')}, {watermark:DateTime64(3, 'UTC')})`;
    const rows = until
      ? `${table} where ${beyond} and _loaded_at <= ${last}`
      : `${table} where ${beyond}`;
    const end = until ? `{until:DateTime64(3, 'UTC')}` : `(select max(_loaded_at) from ${rows})`;
    return this.warehouse.queryOne<Standing>(
      'pipeline',
      `with ${end} as until
       select
         ${tail(`{watermark:DateTime64(3, 'UTC')}`)} as watermark_tail,
         ${tail('until')} as until_tail,
         countIf(_loaded_at > {watermark:DateTime64(3, 'UTC')}) as rows,
         until as asked_until
       from ${rows}`,
      { watermark, after_watermark: lookbackOf(watermark), ...(until ? { until } : {}) },
    );
  }

  /** The load times at which windows after an instant end; the last is that of the newest row. */
  private async boundaries(table: string, after: Date): Promise<Date[]> {
    const rows = await this.warehouse.query<{ boundary: string }>(
      'pipeline',
      `select max(loaded_at) as boundary
       from (
         select _loaded_at as loaded_at, sum(count()) over (order by _loaded_at) as rows_to_here
         from ${table} where _loaded_at > {after:DateTime64(3, 'UTC')}
         group by _loaded_at
       )
       group by intDiv(rows_to_here - 1, ${WINDOW_ROWS})
       order by boundary`,
      { after },
    );
    return rows.map(({ boundary }) => fromEngineInstant(boundary));
  }
}

/**
 * The load times of the rows of a table for which a condition holds, in windows of so many of them:
 * what a backfill reads again. Rows for which it does not hold lie between them.
 */
export async function loadTimesOf(
  warehouse: Warehouse,
  upstream: string,
  table: string,
  { where, parameters }: { where: string; parameters: StatementParameters },
): Promise<Pick<LoadWindow, 'upstream' | 'after' | 'until'>[]> {
  const rows = await warehouse.query<{ first: string; last: string }>(
    'pipeline',
    `select min(loaded_at) as first, max(loaded_at) as last
     from (
       select _loaded_at as loaded_at, sum(count()) over (order by _loaded_at) as rows_to_here
       from ${table} where ${where}
       group by _loaded_at
     )
     group by intDiv(rows_to_here - 1, ${WINDOW_ROWS})
     order by first`,
    parameters,
  );
  return rows.map(({ first, last }) => ({
    upstream,
    after: new Date(fromEngineInstant(first).getTime() - 1),
    until: fromEngineInstant(last),
  }));
}

/** A window of whose rows none lies before the watermark. */
function windowOf(
  window: Pick<LoadWindow, 'upstream' | 'after' | 'until' | 'hasMore'>,
  { until_tail: tail }: Standing,
): LoadWindow {
  return { ...window, tail };
}

/** The tail of no rows. */
const NOTHING = '0/0';

const lookbackOf = (watermark: Date) =>
  new Date(Math.max(0, watermark.getTime() - LOOKBACK_SECONDS * 1000));
