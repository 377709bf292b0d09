/** A private redis-server on a free loopback port, which keeps nothing on disk. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';

export interface PrivateRedis {
  url: string;
  /** Ends the server as a crash would. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port; answers when it accepts connections. */
  start(): Promise<void>;
}

export async function startRedis(program: string): Promise<PrivateRedis> {
  const port = await freePort();
  let child: ChildProcess | null = null;
  const start = async () => {
    const flags = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', tmpdir()];
    const started = spawn(program, flags, { stdio: ['ignore', 'pipe', 'ignore'] });
    child = started;
    for await (const line of createInterface({ input: started.stdout })) {
      if (/ready to accept connections/i.test(line)) break;
    }
    // A pipe that nobody reads would block the server once it is full.
    started.stdout.resume();
    if (started.exitCode !== null) throw new Error(`redis-server ended on port ${port}.`);
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  await start();
  return { url: `redis://127.0.0.1:${port}`, kill, start };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
