/** Which pages of a table a pass reads: all of it, or what changed since the last one. */
import { DateTime } from 'luxon';
import type { Position } from './checkpoints.js';
import type { ChangePosition, Page, ShopDatabase, TableRead } from './postgres-reader.js';

const PAGE_ROWS = 5_000;

/** How long a transaction may take and still be seen by its `updated_at`. */
export const OVERLAP_MS = 10 * 60_000;

/** A table, and the timezone of a changedAt column that states none. */
export interface PagedTable {
  read: TableRead;
  changedIn: string | null;
}

/** The pages that a position asks for, the next one read while one is being written. */
export async function* pagesOf(
  database: ShopDatabase,
  { read, changedIn }: PagedTable,
  position: Position,
): AsyncGenerator<{ page: Page<unknown>; after: string | null }> {
  const since = new Date(new Date(position.since).getTime() - OVERLAP_MS);
  const overlapped = changedIn === null ? since : onTheWall(since, changedIn);
  const ask = (after: unknown): Promise<Page<unknown>> => {
    if (position.phase === 'all') return database.readAll(read, after as string | null, PAGE_ROWS);
    if (read.changedAt !== null) {
      return database.readChanged(read, overlapped, after as ChangePosition | null, PAGE_ROWS);
    }
    return database.readSinceSnapshot(read, position.xmin, after as string | null, PAGE_ROWS);
  };
  let next: Promise<Page<unknown>> | null = ask(position.phase === 'all' ? position.after : null);
  while (next) {
    const page: Page<unknown> = await next;
    next = page.last === null ? null : ask(page.last);
    // Whoever takes it gets the error; until then it is nobody's.
    next?.catch(() => undefined);
    if (page.cells.length > 0) yield { page, after: page.last as string | null };
  }
}

/**
 * What a clock on the wall shows at an instant, as if it were UTC, as columns without a time zone
 * are read; an hour earlier, since such clocks are put back by one.
 */
function onTheWall(instant: Date, zone: string): Date {
  const local = DateTime.fromJSDate(instant, { zone }).minus({ hours: 1 });
  return local.setZone('utc', { keepLocalTime: true }).toJSDate();
}
