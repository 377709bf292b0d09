/**
 * Writes rows as an RFC 4180 file with `\n` line ends, streamed, so that any number of rows needs
 * the memory of one chunk. Imported only inside `cli/shop`.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A cell; undefined is written as an empty cell. */
export type Cell = string | number | undefined;

/** Rows are joined up to this size before they are written: a write for each row is slow. */
const CHUNK_CHARACTERS = 64 * 1024;

/**
 * Writes a header and the rows to `path`, replacing what was there, no faster than the disk takes
 * it. Returns the number of rows without the header. @throws the file system's error.
 */
export async function writeCsv(
  path: string,
  header: readonly string[],
  rows: Iterable<readonly Cell[]>,
): Promise<number> {
  let written = 0;
  function* chunks(): Generator<string> {
    let chunk = formatRow(header);
    for (const row of rows) {
      chunk += formatRow(row);
      written += 1;
      if (chunk.length < CHUNK_CHARACTERS) continue;
      yield chunk;
      chunk = '';
    }
    yield chunk;
  }
  await pipeline(Readable.from(chunks(), { highWaterMark: 2 }), createWriteStream(path));
  return written;
}

function formatRow(cells: readonly Cell[]): string {
  return `${cells.map(formatCell).join(',')}\n`;
}

/** Quotes a cell only where RFC 4180 asks for it, and doubles the quotes inside. */
function formatCell(cell: Cell): string {
  const text = cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
