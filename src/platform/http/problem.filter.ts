/** The one filter that turns errors into answers: `application/problem+json` for REST. */
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, toProblem, type ErrorCode } from '../../contracts/errors.js';
import type { Logger } from '../logging/logger.js';

const SERVER_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'request_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_content_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_json',
};

const STATUS_CODES: Record<number, ErrorCode> = {
  400: 'invalid_parameter',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  413: 'request_too_large',
  415: 'unsupported_content_type',
  429: 'rate_limited',
  503: 'shutting_down',
};

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    // GraphQL words its errors itself, from the same codes (see graphql-errors.ts).
    if (host.getType<string>() === 'graphql') throw exception;
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = toCodedError(exception);
    log(this.logger, error, exception, request.id);
    sendProblem(reply, error, request.id);
  }
}

/** Answers with `application/problem+json`, and with what HTTP wants beside it. */
export function sendProblem(reply: FastifyReply, error: CodedError, requestId: string): void {
  const problem = toProblem(error, requestId);
  const { retryAfterSeconds } = error;
  if (retryAfterSeconds !== null) void reply.header('retry-after', String(retryAfterSeconds));
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer, Basic');
  void reply
    .status(problem.status)
    .header('x-request-id', requestId)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem));
}

/** Any error as a coded one; what is not known becomes `internal` and shows nothing of itself. */
export function toCodedError(exception: unknown): CodedError {
  if (exception instanceof CodedError) return exception;
  const { code, statusCode } = (exception ?? {}) as { code?: unknown; statusCode?: unknown };
  // The client went away before its body was here; no store is down.
  if (code === 'ECONNRESET' && statusCode === 400) {
    return new CodedError('malformed_body', 'The body was cut off.', { cause: exception });
  }
  if (typeof code === 'string' && SERVER_CODES[code]) {
    return new CodedError(SERVER_CODES[code], '', { cause: exception });
  }
  if (exception instanceof HttpException) {
    const known = STATUS_CODES[exception.getStatus()];
    if (known) return new CodedError(known, detailOf(exception), { cause: exception });
  }
  if (isOutage(exception)) {
    return new CodedError('store_unavailable', 'The control database does not answer.', {
      cause: exception,
    });
  }
  return new CodedError('internal', '', { cause: exception });
}

/**
 * A PostgreSQL that cannot be reached, is starting or shutting down, or has gone silent: errors of
 * the socket, SQLSTATE classes 08 and 57, and the driver's own words for a lost connection.
 */
function isOutage(exception: unknown): boolean {
  if (!(exception instanceof Error)) return false;
  const { code } = exception as { code?: unknown };
  if (typeof code === 'string' && /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|08|57P)/.test(code))
    return true;
  return /connection terminated|timeout exceeded when|query read timeout/i.test(exception.message);
}

/** A validation pipe's own words name fields, never values. */
function detailOf(exception: HttpException): string {
  const response = exception.getResponse();
  if (typeof response !== 'object' || !('message' in response)) return '';
  const { message } = response as { message: unknown };
  return Array.isArray(message) ? `${message.join('; ')}.` : '';
}

export function log(logger: Logger, error: CodedError, cause: unknown, requestId: string): void {
  const { level, title } = error.definition;
  const details = { code: error.code, request: requestId };
  // A detail may repeat what the caller wrote, so it is for the caller, not for the log.
  if (level === 'error') logger.error({ ...details, err: error.cause ?? cause }, title);
  else logger[level](details, title);
}
