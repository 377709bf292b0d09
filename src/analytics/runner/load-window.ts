/**
 * Which upstream rows are new: by `_loaded_at`, which the engine sets at insert. An insert may
 * become visible some time after that instant, so readers look back further than an insert may
 * last, if anything there is not as they found it; what they then read twice is dropped by key.
 */
import { fromEngineInstant, type Warehouse } from '../../platform/warehouse/warehouse.js';
import type { PipelineState } from './pipeline-state.js';

export const LOOKBACK_SECONDS = 120;

/** The most new rows that one window takes in, unless more were loaded at the same instant. */
export const WINDOW_ROWS = 200_000;

export interface LoadWindow {
  upstream: string;
  after: Date;
  until: Date;
  /** True if rows were left for another window. */
  hasMore: boolean;
  /** What stood within the lookback of `until` before the window was read. */
  tail: string;
}

/** What a model knows that it has read: up to `until`, with `tail` as the last of it. */
interface Seen {
  until: number;
  tail: string;
}

interface Standing {
  /** Of the rows within the lookback of the watermark, and of `until`. */
  watermark_tail: string;
  until_tail: string;
  /** Beyond the watermark. */
  rows: string;
  newest: string;
}

export class LoadWindows {
  /** In memory, since a new leader looks back anyway. */
  private readonly seen = new Map<string, Seen>();

  constructor(
    private readonly warehouse: Warehouse,
    private readonly state: PipelineState,
  ) {}

  /** The rows of `table` that `model` has not read, or null if nothing arrived. */
  async next(model: string, upstream: string, table: string): Promise<LoadWindow | null> {
    const watermark = await this.state.watermark(model, upstream);
    const seen = this.seen.get(`${model}/${upstream}`);
    const isKnown = (tail: string) => seen?.until === watermark.getTime() && seen.tail === tail;
    const standing = await this.standing(table, watermark, watermark);
    const hasNoTail = standing.watermark_tail === NOTHING;
    if (standing.rows === '0' && (hasNoTail || isKnown(standing.watermark_tail))) return null;
    const newest = fromEngineInstant(standing.newest);
    const until = await this.boundary(table, watermark, newest);
    // One statement for both, asked before the rows are read: a row that becomes visible later is
    // in neither tail and so found by the next comparison; one that came earlier is in both.
    const found = await this.standing(table, watermark, until);
    // Else a row came late, or this leader has not read them: all of the lookback is read again.
    const after = isKnown(found.watermark_tail) ? watermark : lookbackOf(watermark);
    return { upstream, after, until, hasMore: until < newest, tail: found.until_tail };
  }

  /** Records that a window was read to its end and all that follows from it is published. */
  async finish(model: string, { upstream, until, tail }: LoadWindow): Promise<void> {
    await this.state.saveWatermark(model, upstream, until);
    this.seen.set(`${model}/${upstream}`, { until: until.getTime(), tail });
  }

  /** Rows are told apart by their load times; those of one insert have the same. */
  private standing(table: string, watermark: Date, until: Date): Promise<Standing> {
    const tail = (end: string) =>
      `concat(toString(countIf(${within(end)})), '/',
         toString(sumIf(cityHash64(_loaded_at), ${within(end)})))`;
    return this.warehouse.queryOne<Standing>(
      'pipeline',
      `select
         ${tail('watermark')} as watermark_tail,
         ${tail('until')} as until_tail,
         countIf(_loaded_at > {watermark:DateTime64(3, 'UTC')}) as rows,
         max(_loaded_at) as newest
       from ${table}
       where _loaded_at > {after_watermark:DateTime64(3, 'UTC')}`,
      {
        ...{ watermark, after_watermark: lookbackOf(watermark) },
        ...{ until, after_until: lookbackOf(until) },
      },
    );
  }

  /** The load time of the last row that fits into one window. */
  private async boundary(table: string, watermark: Date, newest: Date): Promise<Date> {
    const rows = await this.warehouse.query<{ boundary: string }>(
      'pipeline',
      `select _loaded_at as boundary from ${table}
       where _loaded_at > {watermark:DateTime64(3, 'UTC')}
       order by _loaded_at limit 1 offset ${WINDOW_ROWS - 1}`,
      { watermark },
    );
    return rows[0] ? fromEngineInstant(rows[0].boundary) : newest;
  }
}

const within = (end: string) =>
  `_loaded_at > {after_${end}:DateTime64(3, 'UTC')} and _loaded_at <= {${end}:DateTime64(3, 'UTC')}`;

/** The tail of no rows. */
const NOTHING = '0/0';

const lookbackOf = (watermark: Date) =>
  new Date(Math.max(0, watermark.getTime() - LOOKBACK_SECONDS * 1000));
