/**
 * What a reader of a file is given: where the file lies, what its user says about it, and the
 * limits within which it is read. Every reader of this folder takes these two.
 */

export type FileFormat = 'csv' | 'ndjson' | 'json';

export interface FileInput {
  path: string;
  /** The user's name of the file: it stands in errors and tells the format. */
  name: string;
  format?: FileFormat;
  delimiter?: string;
  /** Empty for a CSV file that quotes nothing. */
  quote?: string;
  /** A label of the WHATWG encodings, such as `windows-1252`. A byte order mark wins over it. */
  encoding?: string;
}

export interface ReadLimits {
  /** The longest row, line or JSON element. */
  recordBytes: number;
  batchRows: number;
  batchBytes: number;
  /** How much of a file is held at once while it is read. */
  chunkBytes: number;
}

export const READ_LIMITS: ReadLimits = Object.freeze({
  recordBytes: 1024 * 1024,
  batchRows: 5_000,
  batchBytes: 8 * 1024 * 1024,
  chunkBytes: 64 * 1024,
});

/** Objects and arrays within one JSON row, the row itself counted. */
export const JSON_DEPTH_MAX = 32;
