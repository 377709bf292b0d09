/**
 * Logs: one JSON object a line on stderr, so that stdout stays free for a command's answer.
 * Nothing personal and no secret is ever passed in; what a library might attach is redacted.
 */
import type { LoggerService } from '@nestjs/common';
import { destination, pino, type Logger } from 'pino';

export type { Logger } from 'pino';

const REDACTED_PATHS = [
  'req.headers',
  'headers.authorization',
  'authorization',
  'password',
  'token',
  'key',
  'writeKey',
  'err.parameters',
  'err.query',
  'err.config',
];

export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: undefined,
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
      serializers: { err: describeError },
    },
    destination({ fd: 2, sync: true }),
  );
}

const MAX_MESSAGE_CHARACTERS = 300;
const MAX_FRAMES = 6;

/** An error in a few lines: an engine's message can quote a whole statement. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'not an error' };
  const { code, type, cause } = error as Error & { code?: unknown; type?: unknown };
  const frames = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    name: error.name,
    code,
    type,
    message: error.message.slice(0, MAX_MESSAGE_CHARACTERS),
    frames: frames.slice(0, MAX_FRAMES).map((line) => line.trim()),
    ...(cause instanceof Error ? { cause: cause.message.slice(0, MAX_MESSAGE_CHARACTERS) } : {}),
  };
}

/** Hands what NestJS itself logs to pino. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }
  debug(message: unknown, context?: unknown): void {
    this.logger.debug({ context }, String(message));
  }
  verbose(message: unknown, context?: unknown): void {
    this.logger.trace({ context }, String(message));
  }
  warn(message: unknown, context?: unknown): void {
    this.logger.warn({ context }, String(message));
  }
  error(message: unknown, stack?: unknown, context?: unknown): void {
    this.logger.error({ context, stack }, String(message));
  }
}
