/** The YAML of a mapping with the places of its parts, so that every complaint can name one. Pure. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type YAMLParseError,
  type YAMLWarning,
} from 'yaml';
import { CodedError } from '../../../contracts/errors.js';

/** From the root: keys of mappings and indices of lists. */
export type Path = readonly (string | number)[];

type Part = 'key' | 'value';

const MAX_TEXT_LENGTH = 1_000_000;
const MAX_PROBLEMS = 10;
const TOO_DEEP = 'it is nested too deeply.';

interface Found {
  key: unknown;
  value: unknown;
}

export class MappingText {
  /** Plain data; keys are text as written. */
  readonly data: unknown;
  private readonly document: Document;
  private readonly lines = new LineCounter();
  private readonly problems: { offset: number; words: string }[] = [];

  constructor(
    text: string,
    private readonly name: string,
  ) {
    if (text.length > MAX_TEXT_LENGTH) {
      throw new CodedError('invalid_mapping', `${name}: it has more than 1,000,000 characters.`);
    }
    this.document = parseDocument(text, {
      lineCounter: this.lines,
      prettyErrors: false,
      stringKeys: true,
    });
    for (const error of [...this.document.errors, ...this.document.warnings]) {
      const words = wordsOf(error);
      this.problems.push({ offset: error.pos[0], words });
      // What follows it in a text that is nested too deeply says nothing new.
      if (words === TOO_DEEP) break;
    }
    this.throwProblems();
    this.data = this.readData();
  }

  /** `name:line:column` of a key, an item or a value. */
  at(path: Path, part: Part = 'key'): string {
    return this.placeOf(this.offsetOf(path, part));
  }

  /** A scalar as the YAML writes it, so that 007 stays 007. */
  written(path: Path): string {
    const { value } = this.find(path);
    if (!isScalar(value)) return '';
    const isText = typeof value.value === 'string';
    return isText ? (value.value as string) : (value.source ?? String(value.value));
  }

  /** Keeps a complaint, a sentence without its place, for `throwProblems`. */
  complain(path: Path, words: string, part: Part = 'key'): void {
    this.problems.push({ offset: this.offsetOf(path, part), words });
  }

  /** Throws what was complained of, in the order of the text, if anything. */
  throwProblems(): void {
    if (this.problems.length === 0) return;
    const lines = this.problems
      .sort((one, other) => one.offset - other.offset)
      .map(({ offset, words }) => `${this.placeOf(offset)}: ${words}`);
    throw invalidMapping([...new Set(lines)]);
  }

  private readData(): unknown {
    try {
      return this.document.toJS();
    } catch (error) {
      // An alias of nothing, or aliases that would unfold to more than anyone wrote.
      const { message } = error as Error;
      throw new CodedError('invalid_mapping', `${this.name}: ${message}.`, { cause: error });
    }
  }

  private placeOf(offset: number): string {
    const { line, col } = this.lines.linePos(offset);
    return `${this.name}:${line}:${col}`;
  }

  private offsetOf(path: Path, part: Part): number {
    const found = this.find(path);
    return (
      rangeStart(part === 'key' ? found.key : found.value) ??
      rangeStart(found.key) ??
      rangeStart(this.document.contents) ??
      0
    );
  }

  /** The node at the path, or the last one on the way to it that there is. */
  private find(path: Path): Found {
    let found: Found = { key: this.document.contents, value: this.document.contents };
    for (const step of path) {
      const next = childOf(this.resolved(found.value), step);
      if (!next) break;
      found = next;
    }
    return { key: found.key, value: this.resolved(found.value) };
  }

  private resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.document) : node;
  }
}

function wordsOf({ code, message }: YAMLParseError | YAMLWarning): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here; a mapping is one.';
  return message.startsWith('Maximum call stack') ? TOO_DEEP : `${message}.`;
}

function childOf(node: unknown, step: string | number): Found | null {
  if (isSeq(node)) {
    const item: unknown = node.items[Number(step)];
    return item === undefined ? null : { key: item, value: item };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === String(step));
  return pair ? { key: pair.key, value: pair.value } : null;
}

function rangeStart(node: unknown): number | undefined {
  const range = (node as { range?: readonly number[] | null } | null | undefined)?.range;
  return range?.[0];
}

/** One line each, so that an editor can jump to them. */
export function invalidMapping(problems: readonly string[]): CodedError {
  const shown = problems.slice(0, MAX_PROBLEMS);
  const more = problems.length - shown.length;
  const lines = more > 0 ? [...shown, `and ${more} more.`] : shown;
  return new CodedError('invalid_mapping', lines.join('\n'));
}
