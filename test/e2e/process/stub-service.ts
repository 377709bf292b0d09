/** A service that answers as a spec says, found by the command line through its service.json. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { claimDataDir, writeServiceFile } from '../../../src/platform/data-dir.js';
import { closeAfterAll, temporaryFolder } from '../../support/stores.js';

export interface StubAnswer {
  status?: number;
  body: string;
}

/** Answers with the data directory by which commands find it. */
export async function startStub(answer: (route: string) => StubAnswer): Promise<string> {
  const server = createServer((request, response) => {
    const { status = 200, body } = answer(`${request.method} ${request.url}`);
    response.writeHead(status, { connection: 'close' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dataDir = temporaryFolder();
  const release = claimDataDir(dataDir);
  const url = `http://127.0.0.1:${port}`;
  writeServiceFile(dataDir, { url, pid: process.pid, token: 'stub-token' });
  closeAfterAll(async () => {
    release();
    await once(server.close(), 'close');
  });
  return dataDir;
}
