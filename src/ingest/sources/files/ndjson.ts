/**
 * NDJSON files: one JSON object a line. A line that is no usable object is handed on as broken; a
 * line that does not end within the limit ends the reading, since it would have to be held whole.
 */
import type { BrokenRow, OpenedRows, ReadRow } from '../rows.js';
import { inBatches, inGroups } from './batches.js';
import { readText } from './decode.js';
import { JSON_DEPTH_MAX, type FileInput, type ReadLimits } from './file-input.js';
import { cellOf, isContainer, isRowObject, valueAt, type RowValue } from './json-values.js';
import { inKibibytes, Position, unreadable } from './place.js';

/** A character is at most so many bytes of UTF-8. */
const CHARACTER_BYTES_MAX = 3;

export function openNdjson(
  file: FileInput,
  wanted: readonly string[],
  limits: ReadLimits,
): OpenedRows {
  const readRows = () => {
    const lines = new Lines(file, limits);
    const rowsOf = (found: Line[]) => found.map(({ line, text }) => toRow(line, text, wanted));
    return inGroups(
      readText(file, limits),
      (text) => rowsOf(lines.next(text)),
      () => rowsOf(lines.rest()),
    );
  };
  return {
    columns: wanted,
    batches: { [Symbol.asyncIterator]: () => inBatches(readRows(), limits) },
  };
}

/** The number of lines that are not blank; their JSON is not looked at. */
export async function countNdjson(file: FileInput, limits: ReadLimits): Promise<number> {
  const lines = new Lines(file, limits);
  let rows = 0;
  for await (const text of readText(file, limits)) rows += lines.next(text).length;
  return rows + lines.rest().length;
}

interface Line {
  line: number;
  text: string;
}

/** Cuts text into lines that are not blank, and holds at most one line of the allowed length. */
class Lines {
  private line = 1;
  private started = '';

  constructor(
    private readonly file: FileInput,
    private readonly limits: ReadLimits,
  ) {}

  next(piece: string): Line[] {
    const found: Line[] = [];
    let start = 0;
    for (let end = piece.indexOf('\n'); end !== -1; end = piece.indexOf('\n', start)) {
      this.add(found, this.started + piece.slice(start, end));
      this.started = '';
      this.line += 1;
      start = end + 1;
    }
    this.started += piece.slice(start);
    this.bound(this.started);
    return found;
  }

  rest(): Line[] {
    const found: Line[] = [];
    this.add(found, this.started);
    this.started = '';
    return found;
  }

  private add(found: Line[], text: string): void {
    this.bound(text);
    if (text.trim() !== '') found.push({ line: this.line, text });
  }

  private bound(text: string): void {
    const { recordBytes } = this.limits;
    if (text.length * CHARACTER_BYTES_MAX <= recordBytes) return;
    if (text.length <= recordBytes && Buffer.byteLength(text) <= recordBytes) return;
    throw unreadable(
      this.file.name,
      new Position(this.line),
      `The line is longer than ${inKibibytes(recordBytes)}. Write one JSON object a line; ` +
        'if the file is one JSON array, say `file: { format: json }` in the mapping.',
    );
  }
}

function toRow(line: number, text: string, wanted: readonly string[]): ReadRow {
  const broken = (code: string, detail: string): BrokenRow => ({ line, code, detail, raw: text });
  let row: RowValue;
  try {
    row = JSON.parse(text) as RowValue;
  } catch {
    return broken('invalid_json', 'The line is not valid JSON.');
  }
  if (!isRowObject(row)) return broken('invalid_json', 'The line is not a JSON object.');
  if (mayBeDeep(text) && isDeeper(row, 1)) {
    return broken('too_deep', `The object is nested deeper than ${JSON_DEPTH_MAX} levels.`);
  }
  const cells = [];
  for (const path of wanted) {
    const value = valueAt(row, path);
    if (isRounded(value)) {
      const detail = `The value of ${path} is a number beyond 2^53. Write it as a string.`;
      return broken('number_out_of_range', detail);
    }
    cells.push(cellOf(value));
  }
  return { line, cells };
}

/** Few lines have so many brackets that they could be too deep. */
function mayBeDeep(text: string): boolean {
  let brackets = 0;
  for (const bracket of ['{', '[']) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      brackets += 1;
      if (brackets > JSON_DEPTH_MAX) return true;
    }
  }
  return false;
}

function isDeeper(value: RowValue, depth: number): boolean {
  if (!isContainer(value)) return false;
  if (depth > JSON_DEPTH_MAX) return true;
  return Object.values(value).some((member) => isDeeper(member, depth + 1));
}

/** JSON.parse has already rounded what lies beyond 2^53. */
function isRounded(value: RowValue | undefined): boolean {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return isContainer(value) && Object.values(value).some(isRounded);
}
