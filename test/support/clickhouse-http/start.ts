// Starts the ClickHouse HTTP helper for a test, and stops it with nothing left behind.
// Only tests may import this; the engine runs in a child process, because one process binds
// one data directory.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SERVER = fileURLToPath(new URL('./server.mjs', import.meta.url));
const STATEMENTS_MAX = 16;
const COMPLAINT_CHARACTERS_MAX = 16_384;
const STOP_MS_MAX = 15_000;

export interface ClickHouseHttp {
  /** The address for `createClient({ url })`. */
  url: string;
  /**
   * `down`: each following request has its socket destroyed. `drop-after-execute`: the next
   * statement is executed, its socket is destroyed instead of an answer, and the helper is `up`
   * again. `up`: normal.
   */
  fault(mode: 'up' | 'down' | 'drop-after-execute'): Promise<void>;
  /** Waits for running statements, closes the engine, and removes a directory it made itself. */
  stop(): Promise<void>;
}

interface Child {
  port: number;
  stop(): Promise<void>;
}

async function startChild(directory: string): Promise<Child> {
  const child = spawn(process.execPath, [SERVER, directory], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // Node reads this before any script runs, so the script cannot set it for itself.
    env: { ...process.env, UV_THREADPOOL_SIZE: String(STATEMENTS_MAX) },
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_CHARACTERS_MAX);
  });
  // A child that is gone closes this pipe under us, which its exit already reports.
  child.stdin.on('error', () => undefined);
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const died = closed.then((code): never => {
    throw new Error(`ClickHouse HTTP helper died with exit code ${code}: ${complaint}`);
  });
  const lines = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([once(lines, 'line'), died])) as [string];
  const { port } = JSON.parse(line) as { port: number };
  const stop = async (): Promise<void> => {
    const wasRunning = child.exitCode === null && child.signalCode === null;
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX);
    child.stdin.end();
    const code = await closed.finally(() => clearTimeout(killer));
    if (wasRunning && code !== 0) {
      throw new Error(`ClickHouse HTTP helper did not stop cleanly (${code}): ${complaint}`);
    }
  };
  return { port, stop };
}

async function requestFault(url: string, mode: string): Promise<void> {
  const response = await fetch(`${url}/__fault`, {
    method: 'POST',
    body: JSON.stringify({ mode }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The fault was refused: ${text}`);
}

/**
 * Serves `directory`, or a temporary directory, on a free loopback port.
 * Throws with the child's own words if the engine cannot open the directory.
 */
export async function startClickHouseHttp(directory?: string): Promise<ClickHouseHttp> {
  const path = directory ?? (await mkdtemp(join(tmpdir(), `clickhouse-http-${process.pid}-`)));
  const removeOwn = async (): Promise<void> => {
    if (directory === undefined) await rm(path, { recursive: true, force: true });
  };
  let child: Child;
  try {
    child = await startChild(path);
  } catch (error) {
    await removeOwn();
    throw error;
  }
  const url = `http://127.0.0.1:${child.port}`;
  let stopping: Promise<void> | undefined;
  return {
    url,
    fault: (mode) => requestFault(url, mode),
    stop: () => (stopping ??= child.stop().finally(removeOwn)),
  };
}
