/**
 * Builds one value out of stream-json's tokens. Numbers keep their text, and what is nested below
 * the allowed depth becomes text as a whole, so that nothing has to descend into it later.
 * json-elements.ts alone uses this.
 */
import type { Token } from 'stream-json/parser.js';
import { JSON_DEPTH_MAX } from './file-input.js';
import { RawJson, type RowObject, type RowValue } from './json-values.js';

/** One value. Below the allowed depth it writes text instead of nesting any further. */
export class JsonBuilder {
  value: RowValue = null;
  isEmpty = true;
  isTooDeep = false;
  private text = '';
  private readonly open: { holder: RowObject | RowValue[]; key: string }[] = [];
  private deep: DeepText | null = null;

  /** Whether the token completes the value. */
  take(token: Token): boolean {
    this.isEmpty = false;
    if (this.deep) {
      if (!this.deep.take(token)) return false;
      const { written } = this.deep;
      this.deep = null;
      return this.put(new RawJson(written));
    }
    switch (token.name) {
      case 'startObject':
      case 'startArray':
        return this.start(token);
      case 'endObject':
      case 'endArray':
        return this.put(this.open.pop()!.holder);
      case 'stringChunk':
      case 'numberChunk':
        this.text += token.value;
        return false;
      case 'endKey':
        this.open.at(-1)!.key = this.takenText();
        return false;
      case 'endString':
        return this.put(this.takenText());
      case 'endNumber':
        return this.put(new RawJson(this.takenText()));
      case 'nullValue':
      case 'trueValue':
      case 'falseValue':
        return this.put(token.value);
      default:
        return false;
    }
  }

  private start(token: Token): false {
    if (this.open.length === JSON_DEPTH_MAX) {
      this.isTooDeep = true;
      this.deep = new DeepText();
      this.deep.take(token);
      return false;
    }
    // Without a prototype, `__proto__` is a key like any other.
    const holder = token.name === 'startArray' ? [] : (Object.create(null) as RowObject);
    this.open.push({ holder, key: '' });
    return false;
  }

  private put(value: RowValue): boolean {
    const parent = this.open.at(-1);
    if (!parent) {
      this.value = value;
      return true;
    }
    if (Array.isArray(parent.holder)) parent.holder.push(value);
    else parent.holder[parent.key] = value;
    return false;
  }

  private takenText(): string {
    const { text } = this;
    this.text = '';
    return text;
  }
}

/** The JSON text of an object or array, from its own first token to its last. */
class DeepText {
  written = '';
  private depth = 0;
  private text = '';
  private needsComma = false;

  /** Whether the token ends it. */
  take(token: Token): boolean {
    switch (token.name) {
      case 'startObject':
      case 'startArray':
        this.write(token.name === 'startObject' ? '{' : '[');
        this.needsComma = false;
        this.depth += 1;
        break;
      case 'endObject':
      case 'endArray':
        this.written += token.name === 'endObject' ? '}' : ']';
        this.needsComma = true;
        this.depth -= 1;
        break;
      case 'stringChunk':
      case 'numberChunk':
        this.text += token.value;
        break;
      case 'endKey':
        this.write(`${JSON.stringify(this.text)}:`);
        this.needsComma = false;
        this.text = '';
        break;
      case 'endString':
      case 'endNumber':
        this.write(token.name === 'endString' ? JSON.stringify(this.text) : this.text);
        this.text = '';
        break;
      case 'nullValue':
      case 'trueValue':
      case 'falseValue':
        this.write(String(token.value));
        break;
    }
    return this.depth === 0;
  }

  private write(text: string): void {
    this.written += this.needsComma ? `,${text}` : text;
    this.needsComma = true;
  }
}
