/** A receiver of webhooks on this machine: keeps what it is sent and answers as it is told. */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../src/contracts/json.js';
import { closeAfterAll } from './stores.js';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  body: JsonObject;
}

export interface Receiver {
  url: string;
  received: Received[];
  /** Statuses of the next answers on a path; 200 when none stands here. */
  answers: Record<string, number[]>;
  /** Paths on which it never answers. */
  silent: Set<string>;
  /** The next request on a path. */
  next: (path: string) => Promise<Received>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: Record<string, number[]> = {};
  const silent = new Set<string>();
  const arrivals = new EventEmitter();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const path = request.url!;
      const body = JSON.parse(text) as JsonObject;
      received.push({ path, headers: request.headers, text, body });
      arrivals.emit(path, received.at(-1));
      if (!silent.has(path)) response.writeHead(answers[path]?.shift() ?? 200).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closeAfterAll(() => new Promise((done) => server.close(() => done())));
  const { port } = server.address() as AddressInfo;
  const next = async (path: string) => ((await once(arrivals, path)) as [Received])[0];
  return { url: `http://127.0.0.1:${port}`, received, answers, silent, next };
}
