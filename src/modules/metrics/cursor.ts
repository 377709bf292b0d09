/** Cursors of paged answers: opaque to callers, an offset to us. */
import { CodedError } from '../../contracts/errors.js';

const MAX_OFFSET = 1_000_000;

/** The cursor of the rows from `offset` on, or null past the last row that paging reaches. */
export function writeCursor(offset: number): string | null {
  if (offset > MAX_OFFSET) return null;
  return Buffer.from(`o${offset}`).toString('base64url');
}

export function readCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const match = /^o(\d{1,7})$/.exec(Buffer.from(cursor, 'base64url').toString());
  const offset = Number(match?.[1] ?? Number.NaN);
  if (Number.isNaN(offset) || offset > MAX_OFFSET) {
    throw new CodedError('invalid_parameter', '`cursor` is not one that an answer gave.');
  }
  return offset;
}
