/**
 * Makes the elements of one array out of stream-json's tokens, within limits: strings and numbers
 * arrive in pieces, so that nothing larger than an element is ever held. json.ts makes rows.
 */
import type { Token } from 'stream-json/parser.js';
import { JsonBuilder } from './json-builder.js';
import type { RowValue } from './json-values.js';
import { inKibibytes } from './place.js';

export interface Element {
  value: RowValue;
  isTooDeep: boolean;
}

/** stream-json judges a literal or an escape only when it has more characters than these after it. */
export const JSON_LOOK_AHEAD = ' '.repeat(32);

/** Valid JSON that is not of the structure that can be read; the message says why. */
export class WrongStructure extends Error {}

const NO_ARRAY =
  'The file is no array of objects, nor an object with one array of them. If it has one object ' +
  'a line, say `file: { format: ndjson }` in the mapping.';

/** Follows the file from its first token; the array may be the file or a member of its object. */
export class Elements {
  count = 0;
  /** Whether the array that holds the rows was read to its end. */
  isRead = false;
  /** Whether nothing is open. */
  isClosed = false;
  private depth = 0;
  private isInArray = false;
  private size = 0;
  private value = new JsonBuilder();

  constructor(private readonly charactersMax: number) {}

  /** The element that the token completes, if it does. */
  take(token: Token): Element | null {
    this.measure(token);
    if (!this.isInArray) {
      this.takeOutside(token);
      return null;
    }
    if (this.value.isEmpty && token.name === 'endArray') {
      this.isInArray = false;
      this.isRead = true;
      this.close();
      return null;
    }
    if (!this.value.take(token)) return null;
    const element = { value: this.value.value, isTooDeep: this.value.isTooDeep };
    this.value = new JsonBuilder();
    this.size = 0;
    this.count += 1;
    return element;
  }

  /** Where the reading stands, as a part of a sentence. */
  whereabouts(): string {
    return this.isRead ? `after the last element (${this.count})` : `in element ${this.count + 1}`;
  }

  private measure(token: Token): void {
    this.size += 'value' in token && typeof token.value === 'string' ? token.value.length : 1;
    if (this.size <= this.charactersMax) return;
    const part = this.isInArray ? `Element ${this.count + 1}` : 'A member outside of the array';
    throw new WrongStructure(`${part} is larger than ${inKibibytes(this.charactersMax)}.`);
  }

  private takeOutside({ name }: Token): void {
    if (name === 'startArray' && (this.depth === 0 || this.depth === 1)) {
      if (this.isRead) throw new WrongStructure('The object of the file has more than one array.');
      this.isInArray = true;
      this.depth += 1;
      this.size = 0;
    } else if (name === 'startObject' || name === 'startArray') {
      this.depth += 1;
    } else if (name === 'endObject' || name === 'endArray') {
      this.close();
    } else if (this.depth === 0) {
      throw new WrongStructure(NO_ARRAY);
    } else if (name === 'startKey' && this.depth === 1) {
      this.size = 0;
    }
  }

  private close(): void {
    this.depth -= 1;
    this.isClosed = this.depth === 0;
    if (this.isClosed && !this.isRead) throw new WrongStructure(NO_ARRAY);
  }
}
