import { once } from 'node:events';
import { request as httpRequest, type ClientRequest } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { Telemetry } from '../telemetry/telemetry.js';
import { admitWithin, type AdmissionLimits } from './admission.js';

const LIMITS: AdmissionLimits = {
  ...{ requests: 2, bytes: 1_000, bytesPerAddress: 1_000 },
  ...{ delayMs: 250, requestsWhileLate: 0, refusalDelayMs: 20 },
};

describe('admission', () => {
  let server: FastifyInstance;
  let telemetry: Telemetry;
  let url: string;
  let release: () => void;

  /** A service whose routes answer when they are released. */
  async function open(limits: AdmissionLimits): Promise<void> {
    const held = new Promise<void>((resolve) => (release = resolve));
    telemetry = new Telemetry();
    server = fastify({ forceCloseConnections: true });
    admitWithin(server, telemetry, limits);
    for (const path of ['/v1/track', '/other']) {
      server.post(path, async () => {
        await held;
        return { success: true };
      });
    }
    await server.listen({ port: 0, host: '127.0.0.1' });
    url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  }

  afterEach(async () => {
    release();
    await server.close();
  });

  function begin(
    path = '/v1/track',
    body = '{}',
  ): { sent: ClientRequest; status: Promise<number> } {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const sent = httpRequest(`${url}${path}`, { method: 'POST', headers });
    sent.on('error', () => undefined);
    const status = once(sent, 'response').then(([response]) => {
      const { statusCode, headers: answered } = response as {
        statusCode: number;
        headers: Record<string, string>;
        resume: () => void;
      };
      (response as { resume: () => void }).resume();
      if (statusCode === 503) expect(answered['retry-after']).toBe('1');
      return statusCode;
    });
    status.catch(() => undefined);
    sent.end(body);
    return { sent, status };
  }

  const arrived = () => new Promise((resolve) => setTimeout(resolve, 50));

  it('refuses what is beyond the number of requests, and only the collector’s', async () => {
    await open(LIMITS);
    const taken = [begin(), begin()];
    await arrived();
    expect(await begin().status).toBe(503);
    const other = begin('/other');
    release();
    const statuses = await Promise.all([...taken, other].map(({ status }) => status));
    expect(statuses).toEqual([200, 200, 200]);
    expect(await begin().status).toBe(200);
    expect(
      await telemetry.registry.getSingleMetricAsString('cartograph_ingest_refused_total'),
    ).toMatch(/cartograph_ingest_refused_total 1$/m);
  });

  it('refuses what is beyond the number of bytes', async () => {
    await open(LIMITS);
    const body = JSON.stringify({ text: 'x'.repeat(700) });
    const first = begin('/v1/track', body);
    await arrived();
    expect(await begin('/v1/track', body).status).toBe(503);
    release();
    expect(await first.status).toBe(200);
    expect(await begin('/v1/track', body).status).toBe(200);
  });

  it('gives back the place of a client that went away', async () => {
    await open(LIMITS);
    const gone = [begin(), begin()];
    await arrived();
    for (const { sent } of gone) sent.destroy();
    await arrived();
    const next = begin();
    await arrived();
    release();
    expect(await next.status).toBe(200);
  });

  it('gives back the places of requests that waited behind another on a connection', async () => {
    await open(LIMITS);
    const { port } = server.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const head = 'POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
    socket.write(`${head}content-length: 2\r\n\r\n{}`.repeat(4));
    await arrived();
    expect(await begin().status).toBe(503);
    socket.resetAndDestroy();
    await arrived();
    const next = begin();
    await arrived();
    release();
    expect(await next.status).toBe(200);
  });

  it('keeps no place for a body that does not come', async () => {
    await open({ ...LIMITS, bytesPerAddress: 500 });
    const { port } = server.server.address() as AddressInfo;
    const sockets = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const socket = connect(port, '127.0.0.1');
        await once(socket, 'connect');
        socket.write('POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n');
        socket.write('content-length: 90\r\n\r\n{');
        return socket;
      }),
    );
    await arrived();
    const taken = begin();
    await arrived();
    // An address may announce no more than its share, though there is room for others.
    expect(await begin('/v1/track', JSON.stringify('x'.repeat(100))).status).toBe(503);
    release();
    expect(await taken.status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('refuses while the event loop is late, and takes again soon after', async () => {
    await open({ ...LIMITS, delayMs: 40 });
    release();
    expect(await begin().status).toBe(200);
    const statuses = new Set<number>();
    const until = performance.now() + 1_500;
    while (performance.now() < until && !statuses.has(503)) {
      const next = begin();
      await new Promise((resolve) => setImmediate(resolve));
      const busyUntil = performance.now() + 120;
      while (performance.now() < busyUntil);
      statuses.add(await next.status);
    }
    expect(statuses).toContain(503);
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(await begin().status).toBe(200);
  });
});
