/**
 * Admission: what is taken beyond what can be stored in time only makes everybody wait, so it is
 * told at once to come back. Bounded are the requests whose bodies have arrived, the bytes of
 * bodies under way, as told and as inflated, and for the collector the delay of the event loop, in
 * which a burst waits before anybody has seen it.
 */
import type { Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError } from '../../contracts/errors.js';
import type { Telemetry } from '../telemetry/telemetry.js';
import { isCollectorRoute } from './bodies.js';
import { sendProblem } from './problem.filter.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Takes more bytes for a body that grew, until the answer. Throws `busy`. */
    reserve: (bytes: number) => void;
  }
}

export interface AdmissionLimits {
  requests: number;
  bytes: number;
  /** Of `bytes`, what one address may hold: bodies that are announced and never come. */
  bytesPerAddress: number;
  /** Mean delay of the event loop over a window, in milliseconds. */
  delayMs: number;
  /** With fewer requests under way it is not they who delay it, and refusing them helps nobody. */
  requestsWhileLate: number;
  /** How long a refusal is held back, so that who tries again at once does not take all the time. */
  refusalDelayMs: number;
}

export const ADMISSION_LIMITS: AdmissionLimits = {
  requests: 512,
  bytes: 96 * 1024 * 1024,
  // The largest body, inflated, and what it was sent as.
  bytesPerAddress: 40 * 1024 * 1024,
  delayMs: 250,
  requestsWhileLate: 64,
  refusalDelayMs: 500,
};

const WINDOW_MS = 250;
const RESOLUTION_MS = 10;
const NANOSECONDS_IN_MS = 1e6;

/** Refuses with `busy` and Retry-After what is more than can be taken. */
export function admitWithin(
  fastify: FastifyInstance,
  telemetry: Telemetry,
  limits: AdmissionLimits = ADMISSION_LIMITS,
): void {
  const loop = new LoopDelay();
  // Dashboards are not kept waiting by storefronts, nor these by uploads.
  const budgets = { collector: new Budget(limits), others: new Budget(limits) };
  const releases = new Releases();
  const isLate = ({ requests }: Budget) =>
    loop.delayMs > limits.delayMs && requests >= limits.requestsWhileLate;
  const refuse = async (request: FastifyRequest, reply: FastifyReply) => {
    telemetry.refusedRequests.inc();
    await pause(limits.refusalDelayMs);
    sendProblem(reply, new CodedError('busy', ''), request.id);
    return reply;
  };
  fastify.decorateRequest('reserve', () => undefined);
  fastify.addHook('onListen', async () => loop.start());
  fastify.addHook('onClose', async () => loop.stop());
  fastify.addHook('onRequest', async (request, reply) => {
    if (!hasBody(request)) return;
    const isCollector = isCollectorRoute(request);
    const budget = isCollector ? budgets.collector : budgets.others;
    const declared = declaredBytes(request);
    const isFull = budget.isFull() || !budget.hasRoom(request.ip, declared);
    if (isFull || (isCollector && isLate(budget))) return refuse(request, reply);
    const { ip } = request;
    const take = (bytes: number) => {
      budget.takeBytes(ip, bytes);
      releases.add(request.raw.socket, reply, () => budget.takeBytes(ip, -bytes));
    };
    take(declared);
    request.reserve = (bytes) => {
      if (!budget.hasRoom(ip, bytes)) throw new CodedError('busy', 'Too much is under way.');
      take(bytes);
    };
  });
  // Only a body that has arrived takes a place: one that trickles in keeps nobody out.
  fastify.addHook('preValidation', async (request, reply) => {
    if (!hasBody(request)) return;
    const budget = isCollectorRoute(request) ? budgets.collector : budgets.others;
    if (budget.isFull()) return refuse(request, reply);
    budget.requests += 1;
    releases.add(request.raw.socket, reply, () => (budget.requests -= 1));
  });
}

class Budget {
  requests = 0;
  private bytes = 0;
  private readonly bytesByAddress = new Map<string, number>();

  constructor(private readonly limits: AdmissionLimits) {}

  isFull(): boolean {
    return this.requests >= this.limits.requests;
  }

  hasRoom(address: string, bytes: number): boolean {
    const own = this.bytesByAddress.get(address) ?? 0;
    return this.bytes + bytes <= this.limits.bytes && own + bytes <= this.limits.bytesPerAddress;
  }

  takeBytes(address: string, bytes: number): void {
    this.bytes += bytes;
    const own = (this.bytesByAddress.get(address) ?? 0) + bytes;
    if (own > 0) this.bytesByAddress.set(address, own);
    else this.bytesByAddress.delete(address);
  }
}

/**
 * What is to be given back, once: when the answer is out, or when the connection is gone. Of
 * requests that wait behind another on one connection only the connection tells.
 */
class Releases {
  private readonly bySocket = new WeakMap<Socket, Set<() => void>>();

  add(socket: Socket, { raw: answer }: FastifyReply, giveBack: () => void): void {
    if (socket.destroyed) return giveBack();
    const open = this.of(socket);
    const release = () => {
      if (open.delete(release)) giveBack();
    };
    open.add(release);
    answer.once('close', release);
  }

  private of(socket: Socket): Set<() => void> {
    const known = this.bySocket.get(socket);
    if (known) return known;
    const open = new Set<() => void>();
    this.bySocket.set(socket, open);
    socket.once('close', () => {
      for (const release of open) release();
    });
    return open;
  }
}

const hasBody = ({ headers }: FastifyRequest) =>
  Number(headers['content-length'] ?? 0) > 0 || 'transfer-encoding' in headers;

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
