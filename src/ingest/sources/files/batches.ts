/**
 * Puts rows into batches of bounded size. A reader hands on what one chunk of the file held, with
 * the amount of text it was, so that no row has to be measured.
 */
import type { ReadRow } from '../rows.js';
import type { ReadLimits } from './file-input.js';

export interface RowGroup {
  rows: readonly ReadRow[];
  /** The text of the rows, and of whatever stands between them. */
  characters: number;
}

export async function* inBatches(
  groups: AsyncIterable<RowGroup>,
  limits: ReadLimits,
): AsyncGenerator<ReadRow[]> {
  let batch: ReadRow[] = [];
  let characters = 0;
  let before = 0;
  for await (const group of groups) {
    if (batch.length > 0 && characters + group.characters > limits.batchBytes) {
      yield batch;
      batch = [];
      // The next row may have begun in the text of the group before.
      characters = before;
    }
    for (const row of group.rows) {
      batch.push(row);
      if (batch.length < limits.batchRows) continue;
      yield batch;
      batch = [];
      characters = 0;
    }
    characters += group.characters;
    before = group.characters;
  }
  if (batch.length > 0) yield batch;
}

/** Turns pieces of text into groups of rows, counting the text of rows that span pieces. */
export async function* inGroups(
  pieces: AsyncIterable<string>,
  rowsOf: (text: string) => readonly ReadRow[],
  rest: () => readonly ReadRow[],
): AsyncGenerator<RowGroup> {
  let characters = 0;
  for await (const text of pieces) {
    characters += text.length;
    const rows = rowsOf(text);
    if (rows.length === 0) continue;
    yield { rows, characters };
    characters = 0;
  }
  yield { rows: rest(), characters };
}
