/**
 * Which upstream rows are new: by `_loaded_at`, which the engine sets at insert. An insert may
 * become visible some time after that instant, so readers look back further than an insert may
 * last; what they then read twice is dropped by key.
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
  fingerprint: string;
}

interface Standing {
  rows: string;
  newest: string;
}

export class LoadWindows {
  /** What each model last saw of each upstream, so that a tick without news costs one count. */
  private readonly seen = new Map<string, string>();

  constructor(
    private readonly warehouse: Warehouse,
    private readonly state: PipelineState,
  ) {}

  /** The rows of `table` that `model` has not read, or null if nothing arrived. */
  async next(model: string, upstream: string, table: string): Promise<LoadWindow | null> {
    const watermark = await this.state.watermark(model, upstream);
    const after = new Date(Math.max(0, watermark.getTime() - LOOKBACK_SECONDS * 1000));
    const standing = await this.warehouse.queryOne<Standing>(
      'pipeline',
      `select count() as rows, max(_loaded_at) as newest from ${table}
       where _loaded_at > {after:DateTime64(3, 'UTC')}`,
      { after },
    );
    if (standing.rows === '0') return null;
    const fingerprint = `${after.getTime()}/${standing.rows}/${standing.newest}`;
    if (this.seen.get(`${model}/${upstream}`) === fingerprint) return null;
    const newest = fromEngineInstant(standing.newest);
    const until = await this.boundary(table, watermark, newest);
    return { upstream, after, until, hasMore: until < newest, fingerprint };
  }

  /** Records that a window was read to its end and all that follows from it is published. */
  async finish(model: string, window: LoadWindow): Promise<void> {
    await this.state.saveWatermark(model, window.upstream, window.until);
    this.seen.set(`${model}/${window.upstream}`, window.fingerprint);
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
