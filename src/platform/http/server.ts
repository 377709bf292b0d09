/**
 * The HTTP server: its bounds, its one body parser, and what it answers before a handler is found
 * or while it stops. Everything else about a request is the handlers' business.
 */
import { randomUUID } from 'node:crypto';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../../contracts/errors.js';
import { MAX_REQUEST_BYTES, parseJsonBody } from './json-body.js';
import { sendProblem } from './problem.filter.js';

const MAX_PATH_PARAMETER_CHARACTERS = 200;

export function createAdapter(): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: MAX_REQUEST_BYTES,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER_CHARACTERS },
    // The server's own refusal while it closes is no problem+json; refuseWhile() words it.
    return503OnClosing: false,
    frameworkErrors: (_: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, new CodedError('not_found', 'The URL cannot be read.'), request.id),
  });
}

export function fastifyOf(app: NestFastifyApplication): FastifyInstance {
  return app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
}

/** One parser for every body: bounded, UTF-8, JSON. Any other content type is a 415. */
export function acceptJsonOnly(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_, body, done) => {
    try {
      done(null, parseJsonBody(body as Buffer));
    } catch (error) {
      done(error as Error, undefined);
    }
  });
}

/**
 * Parts of files, for the routes that take them and no others: a body of this kind is larger than
 * any other may be.
 */
export function acceptFileParts(fastify: FastifyInstance, prefix: string, maxBytes: number): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const isFile = request.headers['content-type']?.startsWith('application/octet-stream');
    if (!isFile || request.url.startsWith(prefix)) return;
    sendProblem(reply, new CodedError('unsupported_content_type', ''), request.id);
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

/**
 * Any shop's pages may post to the collector: its keys are public and read nothing back. Everything
 * else is for servers and same-origin pages.
 */
export function allowStorefronts(app: NestFastifyApplication): void {
  app.enableCors({
    delegator: (request, decide) => {
      const isCollector = request.url.startsWith('/v1/');
      decide(null, {
        origin: isCollector ? '*' : false,
        methods: ['POST', 'GET'],
        allowedHeaders: ['authorization', 'content-type'],
        maxAge: PREFLIGHT_SECONDS,
        credentials: false,
      });
    },
  });
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
