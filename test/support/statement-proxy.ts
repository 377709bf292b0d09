/**
 * An HTTP proxy before a ClickHouse server that can hold a statement back: as a network would on
 * which a request is still under way, while its sender is paused, killed or waits.
 */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { closeAfterAll } from './stores.js';

const HEADER_BYTES_MAX = 1024 * 1024;

export interface HeldStatement {
  sql: string;
  /** Lets the server have it, whatever became of its sender; answers with the status it gave. */
  pass(): Promise<number>;
  /** As if it had been lost on its way. */
  drop(): void;
}

export interface StatementProxy {
  url: string;
  /** Holds back the next statement that matches, or the n-th of them, and answers when it is there. */
  hold(pattern: RegExp, nth?: number): Promise<HeldStatement>;
}

interface Trap {
  pattern: RegExp;
  left: number;
  spring: (held: HeldStatement) => void;
}

export async function startStatementProxy(target: string): Promise<StatementProxy> {
  let trap: Trap | null = null;
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (incoming, answer) => {
    incoming.on('error', () => undefined);
    answer.on('error', () => undefined);
    void bodyOf(incoming).then((body) => {
      const pass = () => forward(target, incoming, body, answer);
      const sql = body.toString('utf8');
      if (!trap?.pattern.test(sql) || --trap.left > 0) return pass();
      const { spring } = trap;
      trap = null;
      spring({ sql, pass, drop: () => answer.destroy() });
      return undefined;
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closeAfterAll(async () => {
    server.closeAllConnections();
    await once(server.close(), 'close');
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: (pattern, nth = 1) =>
      new Promise((spring) => {
        trap = { pattern, left: nth, spring };
      }),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The status of the server's answer; 0 if it gave none. */
function forward(
  target: string,
  { method = 'POST', url = '/', headers }: IncomingMessage,
  body: Buffer,
  answer: ServerResponse,
): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(new URL(url, target), { method, headers }, (given) => {
      const status = given.statusCode ?? 0;
      answer.writeHead(status, given.headers);
      // Its sender may be gone; the server is heard to the end all the same.
      given.on('data', (chunk) => answer.write(chunk)).on('end', () => answer.end());
      given.on('close', () => resolve(status));
    });
    outgoing.on('error', () => {
      answer.destroy();
      resolve(0);
    });
    outgoing.end(body);
  });
}
