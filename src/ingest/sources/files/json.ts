/**
 * JSON files: one array of objects, or an object of which one member is that array. They are
 * streamed with stream-json, so that memory stays flat; the `line` of a row is the number of its
 * element, from 1. Numbers keep the digits with which they were written.
 */
import { jsonParser, type Token } from 'stream-json/parser.js';
import type { OpenedRows, ReadRow } from '../rows.js';
import { inBatches, inGroups, type RowGroup } from './batches.js';
import { readText } from './decode.js';
import { JSON_DEPTH_MAX, type FileInput, type ReadLimits } from './file-input.js';
import { findBreak } from './json-break.js';
import { Elements, JSON_LOOK_AHEAD, WrongStructure, type Element } from './json-elements.js';
import { cellOf, isRowObject, toJson, valueAt } from './json-values.js';
import { Position, unreadable } from './place.js';

export function openJson(
  file: FileInput,
  wanted: readonly string[],
  limits: ReadLimits,
): OpenedRows {
  return {
    columns: wanted,
    batches: {
      [Symbol.asyncIterator]: () => inBatches(readRows(file, wanted, limits), limits),
    },
  };
}

async function* readRows(
  file: FileInput,
  wanted: readonly string[],
  limits: ReadLimits,
): AsyncGenerator<RowGroup> {
  const reader = new JsonReader(wanted, limits);
  try {
    yield* inGroups(
      readText(file, limits),
      (text) => reader.next(text),
      () => reader.end(),
    );
  } catch (error) {
    if (error instanceof WrongStructure) {
      throw unreadable(file.name, reader.position, error.message);
    }
    // The parser says neither where it failed nor what it had understood until then.
    throw error instanceof NotJson ? await findBreak(file, limits) : error;
  }
}

class NotJson extends Error {}

class JsonReader {
  /** The place of the piece in which the reader is. */
  position = new Position();
  private piece = '';
  private readonly tokensOf = jsonParser({ packValues: false });
  private readonly elements: Elements;

  constructor(
    private readonly wanted: readonly string[],
    limits: ReadLimits,
  ) {
    this.elements = new Elements(limits.recordBytes);
  }

  next(text: string): ReadRow[] {
    this.position = this.position.after(this.piece);
    this.piece = text;
    const rows: ReadRow[] = [];
    for (const token of this.parsed(text)) {
      const element = this.elements.take(token);
      if (element) rows.push(this.toRow(element));
    }
    return rows;
  }

  end(): ReadRow[] {
    if (this.elements.isClosed) return [];
    this.parsed(JSON_LOOK_AHEAD);
    this.position = this.position.after(this.piece);
    throw new WrongStructure(`The file ends ${this.elements.whereabouts()}, unfinished.`);
  }

  private parsed(text: string): readonly Token[] {
    try {
      const output = this.tokensOf(text);
      return typeof output === 'symbol' ? [] : output.values;
    } catch (cause) {
      throw new NotJson('The parser failed.', { cause });
    }
  }

  private toRow({ value, isTooDeep }: Element): ReadRow {
    const line = this.elements.count;
    if (!isRowObject(value)) {
      const detail = 'The element is not a JSON object.';
      return { line, code: 'invalid_json', detail, raw: toJson(value) };
    }
    if (isTooDeep) {
      const detail = `The object is nested deeper than ${JSON_DEPTH_MAX} levels.`;
      return { line, code: 'too_deep', detail, raw: toJson(value) };
    }
    return { line, cells: this.wanted.map((path) => cellOf(valueAt(value, path))) };
  }
}
