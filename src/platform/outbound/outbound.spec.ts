/** Posts over real sockets to receivers on this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Outbound } from './outbound.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let answer: Answer = (_, response) => response.end();
const received: { url: string; body: string; headers: IncomingMessage['headers'] }[] = [];

const server = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    received.push({ url: request.url!, body, headers: request.headers });
    answer(request, response);
  });
});
let port: number;

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

beforeEach(() => {
  received.length = 0;
  answer = (_, response) => response.end();
});

const open = new Outbound({ allowPrivateWebhooks: true }, 2_000);
const closed = new Outbound({ allowPrivateWebhooks: false }, 2_000);
const failure = (sent: Promise<void>) =>
  sent.then(
    () => 'delivered',
    (error: Error) => error.message,
  );

/** What all means this machine. */
const LOOPBACK = [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '0.0.0.0',
  'localhost',
  'LOCALHOST',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
];

it.each(LOOPBACK)('does not connect to %s, nor says the URL', async (host) => {
  const url = `http://user:password@${host}:${port}/secret-path`;
  const words = await failure(closed.post({ url, body: '{}' }));
  expect(words).toBe(
    'its address is not public: set ALLOW_PRIVATE_WEBHOOKS=true to allow private receivers',
  );
  expect(received).toEqual([]);
});

it.each(['127.0.0.1', '2130706433', 'localhost'])(
  'connects to %s where that is allowed',
  async (host) => {
    const headers = { 'x-cartograph-delivery': 'one' };
    await open.post({ url: `http://${host}:${port}/hook`, body: '{"é":1}', headers });
    expect(received).toMatchObject([
      {
        url: '/hook',
        body: '{"é":1}',
        headers: { 'content-type': 'application/json', 'x-cartograph-delivery': 'one' },
      },
    ]);
  },
);

it('asks for a name once, connects to what was checked, and refuses it for one address', async () => {
  const asked: string[] = [];
  const answering = (allowPrivateWebhooks: boolean, ...addresses: string[]) =>
    new Outbound({ allowPrivateWebhooks }, 2_000, (hostname, done) => {
      asked.push(hostname);
      done(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    });
  const url = `http://receiver.example:${port}/hook`;
  await answering(true, '127.0.0.1').post({ url, body: '{}' });
  expect([asked, received.length]).toEqual([['receiver.example'], 1]);
  const mixed = await failure(answering(false, '8.8.8.8', '127.0.0.1').post({ url, body: '{}' }));
  expect(mixed).toContain('its address is not public');
  const none = await failure(answering(false).post({ url, body: '{}' }));
  expect(none).toContain('its address is not public');
  expect(received).toHaveLength(1);
});

it.each([301, 302, 303, 307, 308])('does not follow a %d', async (status) => {
  answer = (request, response) => {
    if (request.url === '/target') response.end();
    else response.writeHead(status, { location: `http://127.0.0.1:${port}/target` }).end();
  };
  const words = await failure(open.post({ url: `http://127.0.0.1:${port}/from`, body: '{}' }));
  expect(words).toContain(`answered ${status}, a redirect, which is not followed`);
  expect(received.map(({ url }) => url)).toEqual(['/from']);
});

it('says what was answered', async () => {
  answer = (_, response) => response.writeHead(503).end('a secret of the receiver');
  const words = await failure(open.post({ url: `http://127.0.0.1:${port}/`, body: '{}' }));
  expect(words).toBe('answered 503');
});

it('waits neither for an answer nor for the end of one', async () => {
  const impatient = new Outbound({ allowPrivateWebhooks: true }, 200);
  answer = () => undefined;
  const url = `http://127.0.0.1:${port}/`;
  expect(await failure(impatient.post({ url, body: '{}' }))).toBe('no answer in time');
  // Endless: its head is enough.
  answer = (_, response) => {
    const go = () => {
      while (response.writable && response.write('x'.repeat(65_536)));
    };
    response.on('drain', go).on('error', () => undefined);
    go();
  };
  expect(await failure(impatient.post({ url, body: '{}' }))).toBe('delivered');
});

it('stops when told to', async () => {
  answer = () => undefined;
  const stopping = new AbortController();
  const url = `http://127.0.0.1:${port}/`;
  const sent = failure(open.post({ url, body: '{}', signal: stopping.signal }));
  stopping.abort();
  expect(await sent).toBe('ABORT_ERR');
});

it('says a code, not a URL, where nobody listens or no such name is', async () => {
  const url = 'http://127.0.0.1:1/secret-path';
  expect(await failure(open.post({ url, body: '{}' }))).toBe('ECONNREFUSED');
  const words = await failure(closed.post({ url: 'http://secret.invalid/path', body: '{}' }));
  expect(words).toMatch(/^(ENOTFOUND|EAI_AGAIN|no answer in time)$/);
});
