/** What bad traffic costs: bounded bytes, time, connections and rates; each refusal is coded. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { findProgram, requireOrSkip } from '../../support/optional.js';
import { startRedis, type PrivateRedis } from '../../support/redis.js';
import { startTestService, type TestService } from '../../support/service.js';
import { createTestDatabase, temporaryFolder } from '../../support/stores.js';
import { problemOf } from './problems.js';

const MEBIBYTE = 1024 * 1024;
const basic = (user: string) => `Basic ${Buffer.from(`${user}:`).toString('base64')}`;
const events = (count: number) => ({
  batch: Array.from({ length: count }, (_, index) => ({
    ...{ type: 'track', event: 'Wave', anonymousId: 'v1', messageId: `${index}` },
  })),
});

function send(
  service: TestService,
  path: string,
  key: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  const given = { 'content-type': 'application/json', authorization: basic(key), ...headers };
  const init = { method: 'POST', headers: given, body: new Blob([body as never]) };
  return fetch(`${service.url}${path}`, init);
}

describe('a body that inflates a thousandfold', () => {
  it('is refused; memory stays flat', async () => {
    const service = await startTestService();
    const key = await service.key('events:write');
    const member = gzipSync(Buffer.alloc(4 * MEBIBYTE, '['), { level: 9 });
    const bomb = new Uint8Array(Buffer.concat(Array.from({ length: 100 }, () => member)));
    expect(bomb.length).toBeLessThan(500 * 1024);
    const refuse = async (path: string) => {
      const problem = await problemOf(await send(service, path, key, bomb));
      expect([problem.status, problem.code]).toEqual([413, 'request_too_large']);
    };
    await refuse('/v1/batch');
    // Lines of nothing are counted too, and not gathered first.
    const empty = new Uint8Array(gzipSync(Buffer.alloc(30 * MEBIBYTE, '\n')));
    expect((await send(service, '/v1/events', key, empty)).status).toBe(413);
    const before = process.memoryUsage.rss();
    for (let round = 0; round < 8; round += 1) {
      await refuse('/v1/batch');
      await refuse('/v1/events');
    }
    // A single body would be 400 MB.
    expect(process.memoryUsage.rss() - before).toBeLessThan(250 * MEBIBYTE);
    await service.stop();
  });
});

describe('a client that dawdles', () => {
  let service: TestService;
  let port: number;

  beforeAll(async () => {
    service = await startTestService({ maxConnections: '8' });
    port = Number(new URL(service.url).port);
  });
  afterAll(() => service.stop());

  /** Opens a connection and answers with what came back, and after how long, when it is closed. */
  async function dawdle(first: string): Promise<{ text: string; seconds: number }> {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8').on('data', (data: string) => (text += data));
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const startedAt = performance.now();
    if (first !== '') socket.write(first);
    await once(socket, 'close');
    return { text, seconds: (performance.now() - startedAt) / 1000 };
  }

  it('with its headers has 10 seconds, with its body 15, and is told', async () => {
    const head = 'POST /v1/track HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
    const [nothing, headers, body] = await Promise.all([
      dawdle(''),
      dawdle(head),
      dawdle(`${head}content-length: 100\r\n\r\n{"event":`),
    ]);
    for (const told of [nothing, headers]) expect(told.seconds).toBeLessThan(13);
    expect(body.seconds).toBeGreaterThan(12);
    expect(body.seconds).toBeLessThan(18);
    for (const { text } of [headers, body]) {
      expect(text).toMatch(/^HTTP\/1\.1 408 [^]*application\/problem\+json[^]*request_timeout/);
    }
  }, 40_000);

  it('and keeps its side open is let go all the same', async () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    socket.on('error', () => undefined).resume();
    socket.write('GARBAGE\r\n\r\n');
    const connections = () =>
      new Promise<number>((resolve) => {
        service.app.getHttpServer().getConnections((_: unknown, count: number) => resolve(count));
      });
    await pause(1_500);
    expect(await connections()).toBe(0);
    socket.destroy();
  });

  it.each([
    ['no HTTP', 'GARBAGE\r\n\r\n', /^HTTP\/1\.1 400 [^]*malformed_request/],
    [
      'endless headers',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 [^]*headers_too_large/,
    ],
  ])('speaks %s and is told', async (_, first, expected) => {
    expect((await dawdle(first)).text).toMatch(expected);
  });

  it('opens more connections than may stand, and the further ones are closed', async () => {
    const sockets: Socket[] = [];
    let closed = 0;
    for (let count = 0; count < 12; count += 1) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined).on('close', () => (closed += 1));
      sockets.push(socket);
      await once(socket, 'connect');
    }
    await pause(200);
    expect(closed).toBeGreaterThanOrEqual(4);
    for (const socket of sockets) socket.destroy();
    await pause(100);
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  });
});

describe('rates', () => {
  it('are bounded per key, told with Retry-After, and the other key goes on', async () => {
    const service = await startTestService({ keyEventsPerSecond: '10' });
    const [key, other] = [await service.key('events:write'), await service.key('events:write')];
    expect((await service.post('/v1/batch', events(60), key)).status).toBe(200);
    const refused = await service.post('/v1/batch', events(60), key);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const problem = await problemOf(refused, [key]);
    expect([problem.status, problem.code]).toEqual([429, 'rate_limited']);
    expect((await service.post('/v1/batch', events(60), other)).status).toBe(200);
    // A batch larger than the whole allowance can still pass.
    const third = await service.key('events:write');
    expect((await service.post('/v1/batch', events(500), third)).status).toBe(200);
    await service.stop();
  });

  it('are bounded per address, which only a named proxy may tell', async () => {
    const limits = { addressRequestsPerSecond: '1' };
    const behind = await startTestService({ ...limits, trustedProxies: '127.0.0.1, 10.0.0.0/8' });
    const statuses = async (service: TestService, key: string, address: string, count: number) => {
      const given = { 'x-forwarded-for': address };
      const found: number[] = [];
      for (let round = 0; round < count; round += 1) {
        found.push((await send(service, '/v1/track', key, '{"event":"Wave"}', given)).status);
      }
      return found;
    };
    const key = await behind.key('events:write');
    const first = await statuses(behind, key, '203.0.113.1', 12);
    expect(first.filter((status) => status === 429)).toHaveLength(2);
    expect(await statuses(behind, key, '203.0.113.2', 2)).not.toContain(429);
    // One attacker holds a whole /64.
    await statuses(behind, key, '2001:db8::1', 10);
    expect(await statuses(behind, key, '2001:db8:0:0:ffff::2', 1)).toEqual([429]);
    // What stands left of an address that no proxy of ours added is the caller's own invention.
    expect(await statuses(behind, key, '198.51.100.9, 203.0.113.1', 1)).toEqual([429]);
    await behind.stop();
    const bare = await startTestService(limits);
    const bareKey = await bare.key('events:write');
    for (let round = 0; round < 10; round += 1) {
      await statuses(bare, bareKey, `203.0.113.${round}`, 1);
    }
    expect(await statuses(bare, bareKey, '203.0.113.99', 1)).toEqual([429]);
    expect((await fetch(`${bare.url}/healthz`)).status).toBe(200);
    await bare.stop();
  });

  it('make trying keys at random dear', async () => {
    const service = await startTestService({ addressRequestsPerSecond: '10' });
    const found: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      found.push((await service.post('/v1/track', { event: 'Wave' }, `ck_${round}`)).status);
    }
    expect(found.slice(0, 4)).toEqual([401, 401, 401, 401]);
    expect(found.at(-1)).toBe(429);
    await service.stop();
  });

  const program = findProgram('redis-server');
  const canRun = requireOrSkip('shared rates', program !== null, 'redis-server is not installed');
  (canRun ? describe : describe.skip)('with Redis', () => {
    let redis: PrivateRedis;
    beforeAll(async () => {
      redis = await startRedis(program!);
    });
    afterAll(() => redis.kill());

    it('are shared by services, and counted by each while Redis is down', async () => {
      const databaseUrl = await createTestDatabase();
      const shared = { redisUrl: redis.url, databaseUrl, keyEventsPerSecond: '10' };
      const secret = { secret: 'a secret for both services, long enough' };
      const dataDir = temporaryFolder();
      const first = await startTestService({ ...shared, ...secret, dataDir });
      const key = await first.key('events:write');
      await until200(first, key);
      expect((await first.post('/v1/batch', events(90), key)).status).toBe(200);
      // One process can hold one warehouse, so the second service takes over after the first.
      await first.stop();
      const second = await startTestService({ ...shared, ...secret, dataDir });
      await pause(200);
      expect((await second.post('/v1/batch', events(60), key)).status).toBe(429);
      await redis.kill();
      const other = await second.key('events:write');
      expect((await second.post('/v1/batch', events(60), other)).status).toBe(200);
      expect((await second.post('/v1/batch', events(60), other)).status).toBe(429);
      await second.stop();
    });

    /** The first command may come before the connection stands. */
    async function until200(service: TestService, key: string): Promise<void> {
      await pause(200);
      expect((await service.post('/v1/batch', events(1), key)).status).toBe(200);
    }
  });
});

describe('a key', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService();
  });

  it('bound to origins is taken from their pages alone', async () => {
    const { apiKeys } = service.platform;
    const origins = ['https://shop.example', 'https://*.shop.example'];
    const { key } = await apiKeys.create('bound', ['events:write'], 'web', origins);
    const statusFrom = async (origin: string | null) =>
      (await send(service, '/v1/track', key, '{"event":"Wave"}', origin ? { origin } : {})).status;
    expect(await statusFrom('https://shop.example')).toBe(200);
    expect(await statusFrom('https://de.shop.example')).toBe(200);
    for (const origin of [
      'http://shop.example',
      'https://evil-shop.example',
      'https://shop.example.evil',
      null,
    ]) {
      expect(await statusFrom(origin)).toBe(403);
    }
    await expect(apiKeys.create('x', ['events:write'], 'web', ['shop'])).rejects.toMatchObject({
      code: 'invalid_parameter',
    });
    await expect(apiKeys.create('x', ['sales:read'], 'web', ['https://a.b'])).rejects.toMatchObject(
      { code: 'invalid_parameter' },
    );
  });
  afterAll(() => service.stop());

  it('is rotated with an overlap, alike in scopes, source and origins', async () => {
    const { apiKeys } = service.platform;
    const { key: old } = await apiKeys.create('rotated', ['events:write'], 'kiosk');
    const { key } = await apiKeys.rotate('rotated', 1_500);
    const status = async (which: string) =>
      (await service.post('/v1/track', { event: 'Wave' }, which)).status;
    expect([await status(old), await status(key)]).toEqual([200, 200]);
    const live = (await apiKeys.list()).filter(({ name }) => name === 'rotated');
    expect(live).toMatchObject([
      { source: 'kiosk', expires_at: expect.any(String) },
      { source: 'kiosk', expires_at: null },
    ]);
    await pause(1_600);
    expect([await status(old), await status(key)]).toEqual([401, 200]);
    await apiKeys.revoke('rotated');
    expect(await status(key)).toBe(401);
    await expect(apiKeys.rotate('rotated', 0)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a prototype', () => {
  const POLLUTION = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';

  it('is reached through no parser', async () => {
    const service = await startTestService();
    const [write, admin] = [await service.key('events:write'), await service.key('admin')];
    const headers = { authorization: `Bearer ${admin}` };
    const refusals = [
      await send(service, '/v1/track', write, POLLUTION),
      await send(service, '/api/v1/access/keys', '', POLLUTION, headers),
      await send(service, '/graphql', '', `{"query":"{a}","variables":${POLLUTION}}`, headers),
    ];
    for (const answer of refusals) {
      const problem = (await answer.json()) as { code: string };
      expect([answer.status, problem.code]).toEqual([400, 'forbidden_key']);
    }
    const nested = `{"type":"track","event":"Wave","properties":${POLLUTION}}`;
    const kept = [
      await send(service, '/v1/batch', write, `{"batch":[${nested}],"context":${POLLUTION}}`),
      await send(service, '/v1/events', write, nested),
    ];
    for (const answer of kept) expect(await answer.json()).toMatchObject({ rejected: 1 });
    const query = 'filter[__proto__]=1&__proto__[polluted]=1&constructor[prototype][polluted]=1';
    const asked = await service.get(`/api/v1/sales/summary?${query}`, admin);
    expect(asked.status).toBe(400);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    await service.stop();
  });
});
