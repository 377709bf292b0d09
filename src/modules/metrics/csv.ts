/**
 * An answer's data as a CSV table (RFC 4180), whatever its shape: a list of points or rows, or an
 * object by metric id. Pure; the interceptor beside it does the HTTP.
 */
import { stringify } from 'csv-stringify/sync';
import type { Answer } from '../../contracts/metric-contract.js';

type Members = [name: string, value: unknown][];

/** The columns below a name, in the order in which the records bring them. */
type Columns = Map<string, Columns>;

/** What a spreadsheet takes for a formula, also behind blanks, or in its full-width form. */
const FORMULA = /^[\s\p{C}]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/u;
/** Money is text in our answers, and -12.50 is no formula. */
const DECIMAL = /^-?\d+(\.\d+)?$/;
/** Columns of what others named: a key may look like a number and is none. */
const NAMES = new Set(['key', 'label']);

/**
 * One line a record, the header first. Columns are the members' names; those of nested objects and
 * of lists are joined by points, and lists count from 1: `steps.1.visitors`. Null is an empty cell.
 */
export function toCsv({ data, meta }: Answer<unknown>): string {
  const records = recordsOf(data);
  const columns: Columns = new Map();
  for (const record of records) addColumns(columns, record);
  const paths = records.length > 0 ? [...pathsOf(columns)] : emptyPaths(data, meta);
  const lines = records.map((record) => paths.map((path) => cell(path, valueAt(record, path))));
  return stringify([paths.map((path) => defused(path.join('.'))), ...lines], {
    record_delimiter: 'windows',
    // Given a delimiter of lines, the library would leave a lone line feed in a cell unquoted.
    quote_record_delimiter: true,
  });
}

/** The list that the data holds, or else its members, each with its name as `metric`. */
function recordsOf(data: unknown): Members[] {
  const list = listOf(data);
  if (list) return list.map((record) => membersOf(record) ?? [['value', record]]);
  return (membersOf(data) ?? []).map(([metric, value]) => [
    ['metric', metric],
    ...(membersOf(value) ?? ([['value', value]] satisfies Members)),
  ]);
}

function listOf(data: unknown): unknown[] | undefined {
  if (Array.isArray(data)) return data;
  return membersOf(data)
    ?.map(([, value]) => value)
    .find((value) => Array.isArray(value));
}

/** An object's members, a list's items by their place; undefined for what is one cell. */
function membersOf(value: unknown): Members | undefined {
  if (Array.isArray(value)) return value.map((item, index) => [String(index + 1), item]);
  return typeof value === 'object' && value !== null ? Object.entries(value) : undefined;
}

function addColumns(columns: Columns, members: Members): void {
  for (const [name, value] of members) {
    const below = columns.get(name) ?? new Map<string, Columns>();
    columns.set(name, below);
    addColumns(below, membersOf(value) ?? []);
  }
}

function* pathsOf(columns: Columns): Generator<string[]> {
  for (const [name, below] of columns) {
    if (below.size === 0) yield [name];
    for (const path of pathsOf(below)) yield [name, ...path];
  }
}

/** A table without rows has the header that it would have with some. */
function emptyPaths(data: unknown, meta: Answer<unknown>['meta']): string[][] {
  const isSeries = membersOf(data)?.some(([name]) => name === 'points');
  const first = isSeries ? ['at'] : ['key', 'label'];
  return [...first, ...Object.keys(meta.definitionVersion)].map((name) => [name]);
}

function valueAt(record: Members, path: string[]): unknown {
  const [name, ...rest] = path;
  const value = record.find(([member]) => member === name)?.[1];
  return rest.length === 0 ? value : valueAt(membersOf(value) ?? [], rest);
}

function cell(path: string[], value: unknown): string {
  if (value === null || value === undefined || typeof value === 'object') return '';
  if (typeof value !== 'string') return String(value);
  return DECIMAL.test(value) && !NAMES.has(path.at(-1)!) ? value : defused(value);
}

/** An apostrophe makes a spreadsheet show what it would otherwise reckon. */
const defused = (text: string) => (FORMULA.test(text) ? `'${text}` : text);
