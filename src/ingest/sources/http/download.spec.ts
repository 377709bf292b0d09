import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describeFailure, download } from './download.js';

let answer: (response: ServerResponse) => void;
const server = createServer((_, response) => answer(response));
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rates?key=a-secret`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const limits = (given: { timeoutMs?: number; signal?: AbortSignal } = {}) => ({
  ...{ timeoutMs: 10_000, maxBytes: 10, signal: new AbortController().signal },
  ...given,
});
const failure = (asked: string, given = limits()) =>
  download(asked, given).then(() => 'no failure', describeFailure);

it('answers with the body', async () => {
  answer = (response) => response.end('1234567890');
  expect((await download(url, limits())).toString()).toBe('1234567890');
});

it('stops reading beyond the size', async () => {
  answer = (response) => response.end('12345678901');
  expect(await failure(url)).toBe('answered more than 10 bytes');
});

it('takes neither an error nor a redirect nor nothing', async () => {
  answer = (response) => response.writeHead(500).end('words');
  expect(await failure(url)).toBe('answered 500');
  answer = (response) => response.writeHead(301, { location: url }).end();
  expect(await failure(url)).toBe('answered 301');
  answer = (response) => response.end();
  expect(await failure(url)).toBe('answered with nothing');
});

it('waits no longer than the time, nor after a stop', async () => {
  answer = (response) => response.write('1');
  expect(await failure(url, limits({ timeoutMs: 20 }))).toBe('no answer in time');
  const stopping = new AbortController();
  answer = (response) => {
    response.write('1');
    stopping.abort();
  };
  expect(await failure(url, limits({ signal: stopping.signal }))).not.toBe('no failure');
});

it('tells why without the address', async () => {
  const closed = 'http://127.0.0.1:1/rates?key=a-secret';
  expect(await failure(closed)).not.toContain('secret');
  expect(await failure('http://a-secret:b@127.0.0.1/')).not.toContain('a-secret');
});
