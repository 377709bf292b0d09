/**
 * The HTTP server: its bounds in time, size and number, and what it answers before a handler is
 * found or while it stops. Everything else about a request is the handlers' business.
 */
import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, toProblem, type ErrorCode } from '../../contracts/errors.js';
import type { RateLimits } from '../limits/rate-limits.js';
import type { Logger } from '../logging/logger.js';
import { COLLECTOR_PREFIX, isCollectorRoute } from './bodies.js';
import { MAX_REQUEST_BYTES } from './json-body.js';
import { sendProblem } from './problem.filter.js';

const MAX_PATH_PARAMETER_CHARACTERS = 200;
const HEADERS_TIMEOUT_MS = 10_000;
/** Of a whole request, headers and body. */
const REQUEST_TIMEOUT_MS = 15_000;
const CONNECTIONS_CHECKING_INTERVAL_MS = 1_000;

export function createAdapter(trustedProxies?: string): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: MAX_REQUEST_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTIONS_CHECKING_INTERVAL_MS,
    },
    // Named proxies only: whoever else sends X-Forwarded-For would choose its own address.
    trustProxy: trustedProxies ?? false,
    genReqId: () => randomUUID(),
    // An SDK told to go elsewhere would drop the body and report success, so paths are taken
    // with a slash too many.
    routerOptions: {
      maxParamLength: MAX_PATH_PARAMETER_CHARACTERS,
      ignoreTrailingSlash: true,
      ignoreDuplicateSlashes: true,
    },
    clientErrorHandler: answerClientError,
    // The server's own refusal while it closes is no problem+json; refuseWhile() words it.
    return503OnClosing: false,
    frameworkErrors: (_: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, new CodedError('not_found', 'The URL cannot be read.'), request.id),
  });
}

export function fastifyOf(app: NestFastifyApplication): FastifyInstance {
  return app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
}

/**
 * Parts of files, for the routes that take them and no others: a body of this kind is larger than
 * any other may be.
 */
export function acceptFileParts(fastify: FastifyInstance, prefix: string, maxBytes: number): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const type = request.headers['content-type']?.trim().toLowerCase();
    if (!type?.startsWith('application/octet-stream')) return;
    const isUpload = request.routeOptions.url?.startsWith(prefix) === true;
    const isSigned = request.headers.authorization !== undefined;
    if (isUpload && isSigned) return;
    // Nobody without a key sends so much; whether the key is one is checked where the route is.
    const code = isUpload ? 'unauthorized' : 'unsupported_content_type';
    sendProblem(reply, new CodedError(code, ''), request.id);
    return reply;
  });
  fastify.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer', bodyLimit: maxBytes },
    (_, body, done) => done(null, body),
  );
}

/** Seconds that a browser may remember a preflight's answer; Chromium takes two hours at most. */
const PREFLIGHT_SECONDS = 7_200;
const PREFLIGHT_HEADERS = {
  'access-control-allow-methods': 'POST, GET',
  'access-control-allow-headers': 'authorization, content-type, content-encoding, x-retry-count',
  'access-control-max-age': String(PREFLIGHT_SECONDS),
};

/**
 * Any shop's pages may post to the collector: its keys are public and read nothing back. Everything
 * else is for servers and same-origin pages, so no header allows it.
 */
export function allowStorefronts(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (!isCollectorRoute(request)) return;
    void reply.header('access-control-allow-origin', '*');
    void reply.header('access-control-expose-headers', 'retry-after, x-request-id');
  });
  fastify.options(`${COLLECTOR_PREFIX}*`, async (_, reply) =>
    reply.status(204).headers(PREFLIGHT_HEADERS).send(),
  );
}

/** Answers 503 to what arrives on connections kept alive while the service stops. */
export function refuseWhile(fastify: FastifyInstance, isStopping: () => boolean): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (!isStopping()) return;
    void reply.header('connection', 'close');
    sendProblem(reply, new CodedError('shutting_down', ''), request.id);
    return reply;
  });
}

const CLIENT_ERRORS: Record<string, ErrorCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
};

const FAREWELL_MS = 1_000;

/** What never became a request is told why on the bare socket, and its connection ends. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  // A peer that keeps its side open would keep the connection for good.
  setTimeout(() => socket.destroy(), FAREWELL_MS).unref();
  const code = CLIENT_ERRORS[error.code ?? ''] ?? 'malformed_request';
  const problem = toProblem(new CodedError(code, ''), randomUUID());
  const body = JSON.stringify(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      'content-type: application/problem+json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

/** Probes and scrapes come often and cost little. */
const UNLIMITED_ROUTES = new Set(['/healthz', '/readyz', '/metrics']);

/** Answers 429 to an address that sends more than its share. */
export function limitAddresses(
  fastify: FastifyInstance,
  limits: RateLimits,
  logger: Logger,
  trustedProxies?: string,
): void {
  let isWarned = trustedProxies !== undefined;
  fastify.addHook('onRequest', async (request, reply) => {
    if (UNLIMITED_ROUTES.has(request.routeOptions.url ?? '')) return;
    if (!isWarned && request.headers['x-forwarded-for'] !== undefined) {
      isWarned = true;
      logger.warn(
        'Requests come through a proxy that TRUSTED_PROXIES does not name: all its visitors ' +
          'count as one address.',
      );
    }
    try {
      await limits.takeForAddress(request.ip);
    } catch (error) {
      sendProblem(reply, error as CodedError, request.id);
      return reply;
    }
  });
}

/** How many connections may stand; further ones are closed at once. */
export function limitConnections(app: NestFastifyApplication, connections: number): void {
  app.getHttpServer().maxConnections = connections;
}
