/**
 * What can go wrong at the shop's database, told apart: what may pass is worth another try, what
 * cannot is said at once, in the operator's terms. No message of the driver or the server gets
 * into an error, as it may quote the URL or a row. Only this folder may import it.
 */
import { CodedError } from '../../../contracts/errors.js';

const PASSING_SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The driver's own words, which carry no code. */
const PASSING_WORDS = new Map([
  ['timeout expired', 'no session in time'],
  ['Query read timeout', 'no answer in time'],
  ['Connection terminated', 'connection lost'],
  ['Connection terminated unexpectedly', 'connection lost'],
  ['Client has encountered a connection error and is not queryable', 'connection lost'],
]);

/** Connection, resources, operator's intervention; lost races, locks, aborted transactions. */
const PASSING_STATES = /^(08...|53...|57...|40001|40P01|55P03|25P02|25P03)$/;

/**
 * Cancelled for its time or by a person's hand: the same statement again would burden the shop
 * with the same work again.
 */
const CANCELLED = '57014';

/** A failed try, in no word of the driver or the server. */
export class Failure extends Error {
  constructor(
    readonly code: string | null,
    reason: string,
    readonly mayPass: boolean,
  ) {
    super(reason);
    this.name = 'Failure';
  }
}

/** What failed; an error of neither code nor known word is a mistake of ours and stays as it is. */
export function asFailure(error: unknown): unknown {
  if (error instanceof CodedError) return error;
  const code = codeOf(error);
  if (code !== null) {
    const mayPass = PASSING_SOCKET_CODES.has(code) || PASSING_STATES.test(code);
    return new Failure(code, code, mayPass && code !== CANCELLED);
  }
  const words = PASSING_WORDS.get(messageOf(error));
  return words === undefined ? error : new Failure(null, words, true);
}

export function mayPass(error: unknown): boolean {
  return error instanceof Failure && error.mayPass;
}

/** The error for the caller; `table` is null where the statement reads none. */
export function asCodedError(error: unknown, table: string | null, tries: number): unknown {
  if (!(error instanceof Failure)) return error;
  const { code, message: reason } = error;
  const mismatch = table === null || code === null ? null : mismatchOf(code, table);
  if (mismatch !== null) return new CodedError('source_mismatch', mismatch, { cause: error });
  const work = table === null ? 'Asking where it stands' : `Reading ${table}`;
  const detail =
    code === CANCELLED
      ? `${work} was cancelled by the server, for its time limit or on request (${reason}).`
      : `${work} failed (${reason}${tries > 1 ? `, tried ${tries} times` : ''}).`;
  return new CodedError('source_unavailable', detail, { cause: error });
}

/** No session came about: what no other try would mend is said in full. */
export function asLoginError(error: unknown): unknown {
  const failure = asFailure(error);
  if (mayPass(failure)) return failure;
  const code = codeOf(error);
  const cause = new Failure(code, code ?? 'without a code', false);
  const refuse = (detail: string) =>
    new CodedError('source_unavailable', `${detail} (${cause.message}).`, { cause });
  if (code?.startsWith('28')) return refuse('The user or its password is refused');
  if (code === '3D000') return refuse('There is no such database');
  if (code === '42501') return refuse('The user may not connect to the database: grant connect');
  return refuse('No session can be opened; check host, user, password and TLS in the URL');
}

export function unreadableUrl(): CodedError {
  return new CodedError('source_unavailable', 'SHOP_DATABASE_URL cannot be read as a URL.');
}

export function readerClosed(): CodedError {
  return new CodedError('source_unavailable', 'The reader of the shop database is closed.');
}

export function noSuchTable(table: string): CodedError {
  return new CodedError('source_mismatch', `There is no table ${table} that the user can see.`);
}

export function noSuchColumns(
  table: string,
  missing: readonly string[],
  known: readonly string[],
): CodedError {
  const detail = `Table ${table} has no column ${list(missing)}; it has ${list(known)}.`;
  return new CodedError('source_mismatch', detail);
}

export function mayNotRead(table: string, columns: readonly string[]): CodedError {
  const detail = `The user may not read ${list(columns)} of table ${table}: grant select on it.`;
  return new CodedError('source_mismatch', detail);
}

/** True if the columns of the table are no longer, or never were, what the statement took them for. */
export function isUndefinedColumn(error: unknown): boolean {
  return error instanceof CodedError && codeOf(error.cause) === '42703';
}

function mismatchOf(code: string, table: string): string | null {
  switch (code) {
    case '42P01':
      return `There is no table ${table} (${code}).`;
    case '42703':
      return `Table ${table} lacks a column; without \`changedAt\` that is xmin, as in a view (${code}).`;
    case '42501':
      return `The user may not read table ${table}: grant select on it (${code}).`;
    case '25006':
      return `Reading ${table} would write; name a table or view that only reads (${code}).`;
    default:
      // Syntax, types and operators, values that do not fit a type, what the server cannot do.
      return /^(42|22|0A)/.test(code) ? `Table ${table} cannot be read so (${code}).` : null;
  }
}

const MAX_LISTED = 100;

function list(names: readonly string[]): string {
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : '';
  return names.slice(0, MAX_LISTED).join(', ') + more;
}

/** SQLSTATE, or the code of a socket or of TLS. */
function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? code : null;
}

function messageOf(error: unknown): string {
  return String((error as { message?: unknown } | null)?.message);
}
