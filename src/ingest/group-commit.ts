/**
 * Group commit into one table: rows of many requests share an insert, one insert is in flight at a
 * time, and a request is answered when its rows are durable. The wait is adaptive: an idle table
 * inserts at once, a busy one takes with the next insert all that arrived meanwhile, and lingers for
 * it a little, since an insert costs the engine some ten milliseconds however few its rows are.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { CodedError } from '../contracts/errors.js';
import { isEngineError, type Warehouse } from '../platform/warehouse/warehouse.js';
import type { Telemetry } from '../platform/telemetry/telemetry.js';
import type { Logger } from '../platform/logging/logger.js';

export interface Limits {
  insertRows: number;
  insertBytes: number;
  bufferedRows: number;
  bufferedBytes: number;
}

export const BRONZE_LIMITS: Limits = {
  insertRows: 20_000,
  insertBytes: 8 * 1024 * 1024,
  bufferedRows: 100_000,
  bufferedBytes: 64 * 1024 * 1024,
};

/** A row that the engine refused for its data, by its place in what was submitted. */
export interface Refusal {
  index: number;
  reason: string;
}

interface Submission {
  lines: string[];
  bytes: number;
  resolve: (refusals: Refusal[]) => void;
  reject: (error: unknown) => void;
}

/** Engine errors that speak of the rows, not of the engine's own state. */
const DATA_ERRORS = new Set([
  'CANNOT_PARSE_TEXT',
  'CANNOT_PARSE_ESCAPE_SEQUENCE',
  'CANNOT_PARSE_QUOTED_STRING',
  'CANNOT_PARSE_INPUT_ASSERTION_FAILED',
  'CANNOT_PARSE_DATE',
  'CANNOT_PARSE_DATETIME',
  'CANNOT_PARSE_NUMBER',
  'CANNOT_PARSE_BOOL',
  'CANNOT_READ_ALL_DATA',
  'CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN',
  'ARGUMENT_OUT_OF_BOUND',
  'VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE',
  'DECIMAL_OVERFLOW',
  'INCORRECT_DATA',
  'TYPE_MISMATCH',
  'VIOLATED_CONSTRAINT',
  'TOO_LARGE_STRING_SIZE',
]);

/** An insert that answered so many tells that more will come. */
const BUSY_SUBMISSIONS = 16;
const LINGER_MS_MAX = 10;

export class GroupCommit {
  private queue: Submission[] = [];
  private rows = 0;
  private bytes = 0;
  private flushing: Promise<void> | null = null;

  constructor(
    private readonly table: string,
    private readonly columns: readonly string[],
    private readonly warehouse: Pick<Warehouse, 'insertLines'>,
    private readonly telemetry: Telemetry,
    private readonly logger: Logger,
    private readonly limits: Limits = BRONZE_LIMITS,
  ) {}

  /**
   * Answers when the lines (one JSON object each) are durable, with the rows that the engine
   * refused. Throws `busy` if the buffer is full, `store_unavailable` if the engine is down.
   */
  submit(lines: string[]): Promise<Refusal[]> {
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    const isFull =
      this.rows + lines.length > this.limits.bufferedRows ||
      this.bytes + bytes > this.limits.bufferedBytes;
    if (bytes > this.limits.bufferedBytes) {
      return Promise.reject(new CodedError('request_too_large', 'It cannot be buffered at once.'));
    }
    if (isFull) return Promise.reject(new CodedError('busy', 'The write buffer is full.'));
    this.count(lines.length, bytes);
    return new Promise<Refusal[]>((resolve, reject) => {
      this.queue.push({ lines, bytes, resolve, reject });
      this.flushing ??= this.flush();
    });
  }

  /** Answers when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.flushing) await this.flushing;
  }

  private async flush(): Promise<void> {
    // Requests that arrived in the same turn of the event loop share the first insert.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.queue.length > 0) {
      const group = this.take();
      const startedAt = performance.now();
      await this.commit(group);
      const lastedMs = performance.now() - startedAt;
      // Whom this insert answered sends again soon; the next one had better take them all along.
      if (group.length >= BUSY_SUBMISSIONS) await pause(Math.min(lastedMs, LINGER_MS_MAX));
    }
    this.flushing = null;
  }

  /** As many submissions as one insert may hold, at least one. */
  private take(): Submission[] {
    let rows = 0;
    let bytes = 0;
    let count = 0;
    for (const submission of this.queue) {
      rows += submission.lines.length;
      bytes += submission.bytes;
      const isOver = rows > this.limits.insertRows || bytes > this.limits.insertBytes;
      if (isOver && count > 0) break;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  private async commit(group: Submission[]): Promise<void> {
    const lines = group.flatMap((submission) => submission.lines);
    const stop = this.telemetry.insertSeconds.startTimer({ table: this.table });
    try {
      const refusals = await this.insert(lines, 0);
      answer(group, refusals);
    } catch (error) {
      this.logger.error({ err: error, table: this.table, rows: lines.length }, 'An insert failed.');
      const unavailable =
        error instanceof CodedError && error.code === 'store_unavailable'
          ? error
          : new CodedError('store_unavailable', 'The warehouse cannot write.', { cause: error });
      for (const { reject } of group) reject(unavailable);
    } finally {
      stop();
      for (const { lines: own, bytes } of group) this.count(-own.length, -bytes);
    }
  }

  /** Inserts; if the engine refuses the data, halves until the bad rows stand alone. */
  private async insert(lines: string[], offset: number): Promise<Refusal[]> {
    try {
      await this.warehouse.insertLines(this.table, this.columns, lines);
      return [];
    } catch (error) {
      if (!isEngineError(error) || !DATA_ERRORS.has(error.type)) throw error;
      if (lines.length === 1) return [{ index: offset, reason: error.type.toLowerCase() }];
      const middle = Math.ceil(lines.length / 2);
      const left = await this.insert(lines.slice(0, middle), offset);
      const right = await this.insert(lines.slice(middle), offset + middle);
      return [...left, ...right];
    }
  }

  private count(rows: number, bytes: number): void {
    this.rows += rows;
    this.bytes += bytes;
    this.telemetry.bufferedRows.set({ table: this.table }, this.rows);
  }
}

/** Gives each submission the refusals among its own rows. */
function answer(group: Submission[], refusals: Refusal[]): void {
  let start = 0;
  for (const { lines, resolve } of group) {
    const end = start + lines.length;
    const own = refusals.filter(({ index }) => index >= start && index < end);
    resolve(own.map(({ index, reason }) => ({ index: index - start, reason })));
    start = end;
  }
}
