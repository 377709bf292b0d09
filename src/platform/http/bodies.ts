/**
 * Which bodies which routes take. REST and GraphQL take JSON by its own name only, so that no page
 * of another origin can post to them without a preflight. The collector takes what SDKs send: JSON
 * also as text/plain, as a form, or unnamed (sendBeacon), and gzip of each.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../../contracts/errors.js';
import { decodeText, MAX_REQUEST_BYTES, parseJsonBody, withoutForbiddenKeys } from './json-body.js';
import { sendProblem } from './problem.filter.js';
import { inflate, INFLATION_MAX } from './request-body.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Bytes of the body when it is inflated. */
    bodyBytes: number;
  }
}

/** The collector's routes: its keys are public, and nothing is read back. */
export const COLLECTOR_PREFIX = '/v1/';

/** Takes one JSON object a line, and more of them than a batch. */
export const LINES_ROUTE = '/v1/events';
const MAX_LINES_BYTES = 4 * 1024 * 1024;

const JSON_TYPE = 'application/json';
const COLLECTOR_TYPES = new Set([
  JSON_TYPE,
  'text/plain',
  'application/x-www-form-urlencoded',
  'application/x-ndjson',
  'application/ndjson',
  // A beacon of bytes has no type.
  '',
]);

export const isCollectorRoute = (request: FastifyRequest) =>
  request.routeOptions.url?.startsWith(COLLECTOR_PREFIX) === true;

/** The one parser of all bodies but the parts of files. */
export function acceptBodies(fastify: FastifyInstance): void {
  fastify.decorateRequest('bodyBytes', 0);
  fastify.addHook('onRoute', (route) => {
    if (route.url === LINES_ROUTE) route.bodyLimit = MAX_LINES_BYTES;
  });
  fastify.addHook('onRequest', async (request, reply) => refuseOtherBodies(request, reply));
  fastify.removeAllContentTypeParsers();
  const types = [...COLLECTOR_TYPES].filter((type) => type !== '');
  for (const type of [...types, '*']) {
    fastify.addContentTypeParser(
      type,
      { parseAs: 'buffer' },
      async (request: FastifyRequest, body: Buffer) => parse(request, body),
    );
  }
}

async function parse(request: FastifyRequest, sent: Buffer): Promise<unknown> {
  const isLines = request.routeOptions.url === LINES_ROUTE;
  const sentMax = isLines ? MAX_LINES_BYTES : MAX_REQUEST_BYTES;
  const body = await inflate(sent, sentMax * INFLATION_MAX);
  if (body.length > sent.length) request.reserve(body.length - sent.length);
  request.bodyBytes = body.length;
  if (isLines) return decodeText(body);
  const value = parseJsonBody(body);
  // The collector refuses the event and not its batch.
  return isCollectorRoute(request) ? value : withoutForbiddenKeys(value);
}

/** Answers 415 before a body is read that the route does not take. */
function refuseOtherBodies(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
  const { headers } = request;
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  const hasBody = Number(headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in headers;
  if (!hasBody) return undefined;
  const isKnown = isCollectorRoute(request) ? COLLECTOR_TYPES.has(type) : type === JSON_TYPE;
  const isFile = type === 'application/octet-stream' && !isCollectorRoute(request);
  if (!isKnown && !isFile) return refuse(request, reply, 'unsupported_content_type');
  const encoding = headers['content-encoding'] ?? 'identity';
  if (/^\s*identity\s*$/i.test(encoding)) return undefined;
  if (!isFile && /^\s*(x-)?gzip\s*$/i.test(encoding)) return undefined;
  return refuse(request, reply, 'unsupported_content_encoding');
}

function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  code: 'unsupported_content_type' | 'unsupported_content_encoding',
): FastifyReply {
  sendProblem(reply, new CodedError(code, ''), request.id);
  return reply;
}
