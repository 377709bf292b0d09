/** Request ids, request logs and request metrics. Logs name the route, never the URL or its query. */
import type { FastifyInstance } from 'fastify';
import type { Logger } from '../logging/logger.js';
import type { Telemetry } from '../telemetry/telemetry.js';

export function observeRequests(
  fastify: FastifyInstance,
  telemetry: Telemetry,
  logger: Logger,
): void {
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.header('x-request-id', request.id);
  });
  fastify.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    const seconds = reply.elapsedTime / 1000;
    telemetry.requestSeconds.observe({ route, status: reply.statusCode }, seconds);
    logger.debug(
      {
        request: request.id,
        method: request.method,
        route,
        status: reply.statusCode,
        duration_ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
  });
}
