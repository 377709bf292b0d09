/**
 * The door of this folder: opens a data file of any format as rows, and checks one as a whole
 * before anything is loaded. The loads import this and nothing else from here.
 */
import type { OpenedRows } from '../rows.js';
import { countCsv, openCsv } from './csv.js';
import { sampleText } from './decode.js';
import { READ_LIMITS, type FileFormat, type FileInput, type ReadLimits } from './file-input.js';
import { openJson } from './json.js';
import { countNdjson, openNdjson } from './ndjson.js';

export type { FileFormat, FileInput, ReadLimits } from './file-input.js';

const FORMATS: Record<string, FileFormat> = {
  csv: 'csv',
  tsv: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
};

/**
 * Opens a file. CSV answers with all columns of its header, so that the caller can compare; the
 * JSON formats answer with the wanted ones, which are dotted paths. Each iteration of the batches
 * reads the file from its beginning and closes it at its end. Errors are `unreadable_file`.
 */
export async function openRows(
  file: FileInput,
  wanted: readonly string[],
  limits: Partial<ReadLimits> = {},
): Promise<OpenedRows> {
  const within = { ...READ_LIMITS, ...limits };
  const sample = await sampleText(file, within);
  const format = formatOf(file, sample);
  if (format === 'csv') return openCsv(file, sample, within);
  return format === 'json' ? openJson(file, wanted, within) : openNdjson(file, wanted, within);
}

/**
 * Reads the whole file for its structure and counts its rows, broken ones included. A file that
 * passes does not fail when its rows are read.
 */
export async function checkFile(
  file: FileInput,
  wanted: readonly string[],
  limits: Partial<ReadLimits> = {},
): Promise<{ rows: number }> {
  const opened = await openRows(file, wanted, limits);
  const counted = await countQuickly(file, { ...READ_LIMITS, ...limits });
  if (counted !== null) return { rows: counted };
  let rows = 0;
  for await (const batch of opened.batches) rows += batch.length;
  return { rows };
}

/** Null where only reading the rows themselves tells whether they can be read. */
async function countQuickly(file: FileInput, limits: ReadLimits): Promise<number | null> {
  const sample = await sampleText(file, limits);
  const format = formatOf(file, sample);
  if (format === 'csv') return countCsv(file, sample, limits);
  return format === 'ndjson' ? countNdjson(file, limits) : null;
}

function formatOf(file: FileInput, sample: string): FileFormat {
  if (file.format) return file.format;
  const name = file.name.toLowerCase().replace(/\.gz$/, '');
  const named = FORMATS[/\.([a-z]+)$/.exec(name)?.[1] ?? ''];
  if (named) return named;
  const first = sample.trimStart()[0];
  return first === '{' ? 'ndjson' : first === '[' ? 'json' : 'csv';
}
