/**
 * Admission to the collector: what is taken beyond what can be stored in time only makes everybody
 * wait, so it is told at once to come back. Bounded are the requests and the bytes under way, and
 * the delay of the event loop, in which a burst waits before anybody has seen it.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { CodedError } from '../../contracts/errors.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { isCollectorRoute } from './bodies.js';
import { sendProblem } from './problem.filter.js';

export interface AdmissionLimits {
  requests: number;
  bytes: number;
  /** Mean delay of the event loop over a window, in milliseconds. */
  delayMs: number;
  /** With fewer requests under way it is not they who delay it, and refusing them helps nobody. */
  requestsWhileLate: number;
  /** How long a refusal is held back, so that who tries again at once does not take all the time. */
  refusalDelayMs: number;
}

export const ADMISSION_LIMITS: AdmissionLimits = {
  requests: 512,
  bytes: 64 * 1024 * 1024,
  delayMs: 250,
  requestsWhileLate: 64,
  refusalDelayMs: 500,
};

const WINDOW_MS = 250;
const RESOLUTION_MS = 10;
const NANOSECONDS_IN_MS = 1e6;

/** Refuses with `busy` and Retry-After while the collector has all that it can take. */
export function admitWithin(
  fastify: FastifyInstance,
  telemetry: Telemetry,
  limits: AdmissionLimits = ADMISSION_LIMITS,
): void {
  let requests = 0;
  let bytes = 0;
  const loop = new LoopDelay();
  fastify.addHook('onListen', async () => loop.start());
  fastify.addHook('onClose', async () => loop.stop());
  fastify.addHook('onRequest', async (request, reply) => {
    if (request.method !== 'POST' || !isCollectorRoute(request)) return;
    const declared = declaredBytes(request);
    const isFull = requests >= limits.requests || bytes + declared > limits.bytes;
    const isLate = loop.delayMs > limits.delayMs && requests >= limits.requestsWhileLate;
    if (isFull || isLate) {
      telemetry.refusedRequests.inc();
      await pause(limits.refusalDelayMs);
      sendProblem(reply, new CodedError('busy', ''), request.id);
      return reply;
    }
    requests += 1;
    bytes += declared;
    // Fires once, after the answer as well as when the client went away.
    reply.raw.once('close', () => {
      requests -= 1;
      bytes -= declared;
    });
  });
}

/** What a body says it will be; one that does not say may be all that its route allows. */
function declaredBytes({ headers, routeOptions }: FastifyRequest): number {
  const length = Number(headers['content-length']);
  return Number.isFinite(length) ? length : (routeOptions.bodyLimit ?? 0);
}

/** How late the event loop is, over the last window. */
class LoopDelay {
  delayMs = 0;
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  private timer: NodeJS.Timeout | null = null;

  start(): void {
    this.histogram.enable();
    this.timer = setInterval(() => this.read(), WINDOW_MS).unref();
  }

  stop(): void {
    this.histogram.disable();
    if (this.timer) clearInterval(this.timer);
  }

  private read(): void {
    const { mean } = this.histogram;
    this.delayMs = Number.isFinite(mean) ? mean / NANOSECONDS_IN_MS - RESOLUTION_MS : 0;
    this.histogram.reset();
  }
}
