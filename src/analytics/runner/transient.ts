/**
 * Which failures may pass if the same is tried again: a store that is away or out of room for a
 * moment. What a statement itself is wrong about fails again however often it is tried.
 */
import { CodedError } from '../../contracts/errors.js';
import { isEngineError } from '../../platform/warehouse/warehouse.js';

/** Attempts at a task in all, and the pause before the second, which doubles. */
export const TASK_ATTEMPTS = 3;
export const RETRY_PAUSE_MS = 250;

/** The engine's numbers: https://github.com/ClickHouse/ClickHouse, src/Common/ErrorCodes.cpp. */
const ENGINE_CODES: Record<string, string> = {
  '202': 'TOO_MANY_SIMULTANEOUS_QUERIES',
  '209': 'SOCKET_TIMEOUT',
  '210': 'NETWORK_ERROR',
  '236': 'ABORTED',
  '241': 'MEMORY_LIMIT_EXCEEDED',
  '242': 'TABLE_IS_READ_ONLY',
  '252': 'TOO_MANY_PARTS',
  '319': 'UNKNOWN_STATUS_OF_INSERT',
  '394': 'QUERY_WAS_CANCELLED',
  '473': 'DEADLOCK_AVOIDED',
  '999': 'KEEPER_EXCEPTION',
};

/** Of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html) and of sockets. */
const CONNECTION_CODES =
  /^(08\w{3}|57P0[1-3]|53300|40001|40P01|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE)$/;

export function mayPass(error: unknown): boolean {
  if (error instanceof CodedError) return error.code === 'store_unavailable';
  if (isEngineError(error)) return error.code in ENGINE_CODES;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && CONNECTION_CODES.test(code)) return true;
  // The driver's own words where the connection ended or the query timed out carry no code.
  const message = error instanceof Error ? error.message : '';
  return /^(Connection terminated|Query read timeout|timeout exceeded when trying)/.test(message);
}
