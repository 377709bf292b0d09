/**
 * How a CSV file separates, quotes and ends its lines: as the mapping says, else as its header
 * shows. csv.ts asks this once a file.
 */
import type { FileInput } from './file-input.js';
import { unreadable } from './place.js';

export interface CsvDialect {
  delimiter: string;
  /** Empty where nothing is quoted. */
  quote: string;
  /** Only files of the old Macintosh end their lines with a bare carriage return. */
  isMacintosh: boolean;
}

/** In the order of preference where a header holds as many of one as of another. */
const DELIMITERS = [',', ';', '\t', '|'];
const TAB_SEPARATED = /\.tsv(\.gz)?$/i;

export function dialectOf(file: FileInput, sample: string): CsvDialect {
  const quote = file.quote ?? '"';
  const header = unquotedHeader(sample, quote);
  const dialect: CsvDialect = {
    delimiter: file.delimiter ?? delimiterOf(header.text, file.name),
    quote,
    isMacintosh: header.isMacintosh,
  };
  const problem = problemOf(dialect);
  if (problem) throw unreadable(file.name, null, problem);
  return dialect;
}

function problemOf({ delimiter, quote }: CsvDialect): string | null {
  if (quote.length > 1) return 'The quote of the mapping must be one character, or empty.';
  if (delimiter === '') return 'The delimiter of the mapping must not be empty.';
  if (/[\r\n]/.test(delimiter + quote)) {
    return 'The delimiter and the quote of the mapping must not be line ends.';
  }
  if (quote !== '' && delimiter.includes(quote)) {
    return 'The delimiter and the quote of the mapping must differ.';
  }
  return null;
}

/** The first line that holds anything, without what stands in quotes. */
function unquotedHeader(sample: string, quote: string): { text: string; isMacintosh: boolean } {
  let text = '';
  let isQuoted = false;
  for (let at = sample.search(/[^\r\n]/); at >= 0 && at < sample.length; at += 1) {
    const character = sample[at]!;
    if (character === quote) isQuoted = !isQuoted;
    else if (!isQuoted && character === '\n') break;
    else if (!isQuoted && character === '\r') {
      const next = sample[at + 1];
      return { text, isMacintosh: next !== undefined && next !== '\n' };
    } else if (!isQuoted) text += character;
  }
  return { text, isMacintosh: false };
}

function delimiterOf(header: string, name: string): string {
  if (TAB_SEPARATED.test(name) && header.includes('\t')) return '\t';
  const occurrences = (delimiter: string) => header.split(delimiter).length - 1;
  return DELIMITERS.reduce((best, delimiter) =>
    occurrences(delimiter) > occurrences(best) ? delimiter : best,
  );
}
