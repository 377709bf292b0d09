/**
 * CSV files: a header, then rows. A row with another number of fields than the header is handed
 * on as broken; what makes the rows around it uncertain, such as an open quote, ends the reading.
 */
import type { BrokenRow, Cell, OpenedRows, ReadRow } from '../rows.js';
import { inBatches, type RowGroup } from './batches.js';
import { dialectOf, type CsvDialect } from './csv-dialect.js';
import { readRecords, type CsvRecord } from './csv-records.js';
import { scanRecords } from './csv-scan.js';
import { readText } from './decode.js';
import type { FileInput, ReadLimits } from './file-input.js';
import { Position, unreadable } from './place.js';

/** The header is read at once; the rows are read when they are iterated, from the beginning. */
export async function openCsv(
  file: FileInput,
  sample: string,
  limits: ReadLimits,
): Promise<OpenedRows> {
  const dialect = dialectOf(file, sample);
  const columns = await readHeader(file, dialect, limits);
  return {
    columns,
    batches: {
      [Symbol.asyncIterator]: () =>
        inBatches(readRows(file, dialect, columns.length, limits), limits),
    },
  };
}

/** Counts the rows; null where the file has to be read in full for the verdict. */
export async function countCsv(
  file: FileInput,
  sample: string,
  limits: ReadLimits,
): Promise<number | null> {
  const dialect = dialectOf(file, sample);
  const records = await scanRecords(textOf(file, dialect, limits), dialect, limits);
  return records === null ? null : records - 1;
}

/** A carriage return is a line end like any other to whoever reads what the Macintosh wrote. */
async function* textOf(
  file: FileInput,
  dialect: CsvDialect,
  limits: ReadLimits,
): AsyncGenerator<string> {
  for await (const text of readText(file, limits)) {
    yield dialect.isMacintosh ? text.replaceAll('\r', '\n') : text;
  }
}

async function readHeader(
  file: FileInput,
  dialect: CsvDialect,
  limits: ReadLimits,
): Promise<readonly string[]> {
  for await (const { records } of readRecords(
    textOf(file, dialect, limits),
    file,
    dialect,
    limits,
  )) {
    if (records[0]) return soundHeader(file, records[0]);
  }
  throw unreadable(file.name, null, 'The file has no header row. Begin it with the column names.');
}

/**
 * A column without a name, such as the index that data frames write, is `column_N`. Names are not
 * repeated in the errors: a file without a header has data in their place.
 */
function soundHeader(file: FileInput, { line, cells }: CsvRecord): readonly string[] {
  const seen = new Map<string, number>();
  const names = cells.map((name, index) => (name.trim() === '' ? `column_${index + 1}` : name));
  for (const [index, name] of names.entries()) {
    const earlier = seen.get(name);
    if (earlier !== undefined) {
      const problem = `Columns ${earlier + 1} and ${index + 1} have the same name.`;
      const remedy = 'The first row must name every column, each by another name.';
      throw unreadable(file.name, new Position(line), `${problem} ${remedy}`);
    }
    seen.set(name, index);
  }
  return names;
}

async function* readRows(
  file: FileInput,
  dialect: CsvDialect,
  fields: number,
  limits: ReadLimits,
): AsyncGenerator<RowGroup> {
  const toRow = (record: CsvRecord): ReadRow => {
    if (record.cells.length !== fields) return brokenRow(record, fields, dialect);
    const cells: Cell[] = record.cells;
    for (let index = 0; index < fields; index += 1) {
      if (cells[index] === '') cells[index] = null;
    }
    return { line: record.line, cells };
  };
  let isHeader = true;
  const groups = readRecords(textOf(file, dialect, limits), file, dialect, limits);
  for await (const { records, characters } of groups) {
    if (isHeader && records.length > 0) {
      records.shift();
      isHeader = false;
    }
    yield { rows: records.map(toRow), characters };
  }
}

function brokenRow({ line, cells }: CsvRecord, fields: number, dialect: CsvDialect): BrokenRow {
  return {
    line,
    code: 'wrong_number_of_fields',
    detail: `The row has ${cells.length} fields, the header has ${fields}.`,
    raw: cells.map((cell) => written(cell, dialect)).join(dialect.delimiter),
  };
}

/** A cell as it may have stood in the file. */
function written(cell: string, { quote, delimiter }: CsvDialect): string {
  if (quote === '') return cell;
  const isPlain = !cell.includes(quote) && !cell.includes(delimiter) && !/[\r\n]/.test(cell);
  return isPlain ? cell : quote + cell.replaceAll(quote, quote + quote) + quote;
}
