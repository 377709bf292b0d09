/**
 * An HTTP proxy before the collector. While it refuses, every post is answered as an overloaded
 * collector answers: 503, to come back in a second, readable for pages of any origin.
 */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeAfterAll } from './stores.js';

export interface HttpProxy {
  url: string;
  /** The posts that were refused so far, by their path. */
  refused: string[];
  /** The posts that were passed on so far, by their path. */
  passed: string[];
  refuse(): void;
  pass(): void;
}

const BUSY = {
  'content-type': 'application/problem+json; charset=utf-8',
  'retry-after': '1',
  'access-control-allow-origin': '*',
};

/** Passes on to `target`; a target that cannot be reached cuts the connection. */
export async function startHttpProxy(target: string): Promise<HttpProxy> {
  const { hostname, port } = new URL(target);
  const refused: string[] = [];
  const passed: string[] = [];
  let isRefusing = false;
  const server = createServer((incoming, answer) => {
    const path = incoming.url ?? '';
    if (incoming.method !== 'POST') return passOn(incoming, answer, hostname, port);
    if (!isRefusing) {
      passed.push(path);
      return passOn(incoming, answer, hostname, port);
    }
    refused.push(path);
    incoming.resume().on('end', () => answer.writeHead(503, BUSY).end('{"code":"busy"}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closeAfterAll(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refused,
    passed,
    refuse: () => void (isRefusing = true),
    pass: () => void (isRefusing = false),
  };
}

function passOn(
  incoming: IncomingMessage,
  answer: ServerResponse,
  hostname: string,
  port: string,
): void {
  const { method, url, headers } = incoming;
  const outgoing = request({ hostname, port, method, path: url, headers }, (given) => {
    answer.writeHead(given.statusCode ?? 502, given.headers);
    given.pipe(answer).on('error', () => given.destroy());
    given.on('error', () => answer.destroy());
  });
  outgoing.on('error', () => answer.destroy());
  incoming.on('error', () => outgoing.destroy()).pipe(outgoing);
}
