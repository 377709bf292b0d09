/**
 * The records of a CSV text with the lines at which they begin, by csv-parse. Its own line count
 * with every record (`info: true`) halves its speed and takes a CRLF within quotes for two lines,
 * so lines are derived here from its running count. csv.ts makes rows of the records.
 */
import { CsvError, Parser, type Options } from 'csv-parse';
import type { CsvDialect } from './csv-dialect.js';
import type { FileInput, ReadLimits } from './file-input.js';
import { inKibibytes, unreadable } from './place.js';
import { RecentText } from './recent-text.js';

export interface CsvRecord {
  line: number;
  cells: string[];
}

export interface RecordGroup {
  records: CsvRecord[];
  characters: number;
}

/** How much longer than its content a record may be written, with its quotes and delimiters. */
const WRITTEN_FACTOR = 3;
/** The parser waits for so many bytes at most before it judges what stands before them. */
const LOOK_AHEAD_BYTES = 64;

const NO_QUOTES = "If the file quotes nothing, say `file: { quote: '' }` in the mapping.";
const PROBLEMS: Record<string, string> = {
  CSV_QUOTE_NOT_CLOSED: 'The quote that opens here is never closed. Close it.',
  CSV_INVALID_CLOSING_QUOTE:
    'The quoted field that begins here goes on after its closing quote. Close the quote where ' +
    'the field ends, and double the quotes within it.',
  INVALID_OPENING_QUOTE:
    'The field that begins here has a quote in its middle. Put the field into quotes and double ' +
    `the quotes within it. ${NO_QUOTES}`,
};

/** Records in the groups in which the pieces of text completed them. */
export async function* readRecords(
  pieces: AsyncIterable<string>,
  file: FileInput,
  dialect: CsvDialect,
  limits: ReadLimits,
): AsyncGenerator<RecordGroup> {
  const reader = new RecordReader(file, dialect, limits);
  let characters = 0;
  try {
    for await (const text of pieces) {
      characters += text.length;
      const records = await reader.next(text);
      if (records.length === 0) continue;
      yield { records, characters };
      characters = 0;
    }
    yield { records: await reader.end(), characters };
  } finally {
    reader.close();
  }
}

/** Hands each record on in the moment of its end, when the parser's counts are those of the end. */
class SynchronousParser extends Parser {
  constructor(
    options: Options,
    private readonly onRecord: (cells: string[]) => void,
  ) {
    super(options);
    // Errors reach the callback of the write; without a listener they would end the process.
    this.on('error', () => undefined);
  }

  override push(cells: string[] | null): boolean {
    if (cells === null) return super.push(null);
    this.onRecord(cells);
    return true;
  }
}

class RecordReader {
  private readonly parser: SynchronousParser;
  private readonly recent = new RecentText();
  private records: CsvRecord[] = [];
  private lastLine = 0;
  private countedLines = 0;
  /** Where the record ended, in bytes, that was completed last. */
  private recordEnd = 0;
  private emptyLines = 0;

  constructor(
    private readonly file: FileInput,
    private readonly dialect: CsvDialect,
    private readonly limits: ReadLimits,
  ) {
    const quote = dialect.quote === '' ? null : dialect.quote;
    const options: Options = {
      delimiter: dialect.delimiter,
      quote,
      escape: quote,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
      // The parser compares before it adds a byte, and so lets one more pass.
      max_record_size: limits.recordBytes - 1,
    };
    this.parser = new SynchronousParser(options, (cells) => this.add(cells));
  }

  async next(text: string): Promise<CsvRecord[]> {
    const bytes = Buffer.from(text, 'utf8');
    const begin = this.recent.end;
    this.recent.add(bytes);
    await new Promise<void>((resolve, reject) => {
      this.parser.write(bytes, (error) => (error ? reject(this.explained(error)) : resolve()));
    });
    const records = this.taken();
    this.forget(records.length > 0, begin);
    return records;
  }

  async end(): Promise<CsvRecord[]> {
    await new Promise<void>((resolve, reject) => {
      this.parser.once('finish', resolve);
      this.parser.once('error', (error) => reject(this.explained(error)));
      this.parser.end();
    });
    return this.taken();
  }

  close(): void {
    this.parser.destroy();
  }

  private add(cells: string[]): void {
    this.records.push({ line: this.nextLine(cells), cells });
    this.recordEnd = this.parser.info.bytes;
  }

  private nextLine(cells: readonly string[]): number {
    const counted = this.parser.info.lines - this.countedLines;
    this.countedLines = this.parser.info.lines;
    if (counted === 1) return (this.lastLine += 1);
    // The parser counts every CR and LF within cells; the rest are empty lines before the record.
    const text = cells.join('');
    const line = this.lastLine + counted - occurrences(text, /[\r\n]/g);
    this.lastLine = line + occurrences(text, /\n/g);
    return line;
  }

  private taken(): CsvRecord[] {
    const { records } = this;
    this.records = [];
    return records;
  }

  /** What is kept must stay bounded also in a row of delimiters alone, which has no content. */
  private forget(hasRecords: boolean, begin: number): void {
    const { empty_lines } = this.parser.info;
    if (hasRecords) this.recent.forgetBefore(this.recordEnd);
    else if (empty_lines > this.emptyLines) {
      this.recent.forgetBefore(Math.max(this.recordEnd, begin - LOOK_AHEAD_BYTES));
    }
    this.emptyLines = empty_lines;
    if (this.recent.bytes <= WRITTEN_FACTOR * this.limits.recordBytes) return;
    throw unreadable(this.file.name, this.recent.placeOf(this.recordEnd), this.tooLong());
  }

  /** The parser's error tells values, so that only its code is used. */
  private explained(error: Error): Error {
    if (!(error instanceof CsvError)) return error;
    const { bytes } = this.parser.info;
    const isFirstField = bytes === this.recordEnd;
    const field = isFirstField ? bytes : bytes + Buffer.byteLength(this.dialect.delimiter);
    const problem = PROBLEMS[error.code] ?? this.tooLong();
    return unreadable(this.file.name, this.recent.placeOf(field), problem);
  }

  private tooLong(): string {
    return (
      `The row does not end within ${inKibibytes(this.limits.recordBytes)}. ` +
      `If a quote is open since here, close it. ${NO_QUOTES}`
    );
  }
}

function occurrences(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
