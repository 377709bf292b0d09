/** The real process, `node bin/cartograph.cjs …`, as an operator starts, signals and kills it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processesNaming } from './processes.js';
import { closeAfterAll, temporaryFolder } from './stores.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const POLL_MS = 50;
const END_MS_MAX = 230_000;

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface SpawnOptions {
  /** Added to an environment that holds nothing of Cartograph's own. */
  environment?: Record<string, string>;
  /** Another user to run as; for the process only. */
  uid?: number;
  cwd?: string;
}

export interface SpawnedService {
  url: string;
  pid: number;
  dataDir: string;
  /** The local admin token of service.json. */
  token: string;
  ended: Promise<Ended>;
  /** What it has logged so far. */
  stderr(): string;
  /** Sends a signal and answers when the process has ended. */
  end(signal: NodeJS.Signals): Promise<Ended>;
  request(method: string, path: string, body?: unknown): Promise<Response>;
}

export interface Spawned {
  child: ChildProcess;
  output: { stdout: string; stderr: string };
  ended: Promise<Ended>;
}

/** A data directory; whatever process still names it after the spec is ended. */
export function dataDirectory(): string {
  const dataDir = join(temporaryFolder(), 'data');
  closeAfterAll(() => endProcessesNaming(dataDir));
  return dataDir;
}

/** Runs a command to its end. One that does not end in a minute is killed: its code is null. */
export async function cartograph(args: string[], options: SpawnOptions = {}): Promise<Ended> {
  const { child, ended } = startCartograph(args, options);
  const killer = setTimeout(() => child.kill('SIGKILL'), END_MS_MAX);
  return ended.finally(() => clearTimeout(killer));
}

/** Starts `serve`, on a free port if none is given, and answers when it has printed its address. */
export async function spawnService(
  dataDir: string,
  environment: Record<string, string> = {},
  port = '0',
): Promise<SpawnedService> {
  const args = ['serve', '--port', port, '--data-dir', dataDir];
  const { child, output, ended } = startCartograph(args, { environment });
  const url = await Promise.race([addressOf(child, output), ended.then(() => null)]);
  if (url === null) throw new Error(`The service ended at its start: ${output.stderr}`);
  const { token } = readServiceJson(dataDir);
  return {
    url,
    pid: child.pid!,
    dataDir,
    token,
    ended,
    stderr: () => output.stderr,
    end: (signal) => {
      child.kill(signal);
      return ended;
    },
    request: (method, path, body) =>
      fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(END_MS_MAX),
      }),
  };
}

export function readServiceJson(dataDir: string): { url: string; pid: number; token: string } {
  return JSON.parse(readFileSync(join(dataDir, 'service.json'), 'utf8')) as ReturnType<
    typeof readServiceJson
  >;
}

/** A write key of a running service. */
export async function createWriteKey(service: SpawnedService, name: string): Promise<string> {
  const body = { name, scopes: ['events:write'], source: 'web' };
  const response = await service.request('POST', '/api/v1/access/keys', body);
  return ((await response.json()) as { data: { key: string } }).data.key;
}

/** Runs the whole pipeline, or the target, and answers with how it ended. */
export async function runPipeline(service: SpawnedService, target = 'streaming'): Promise<string> {
  const path = '/api/v1/pipelines/runs';
  const started = await service.request('POST', path, { target });
  const { id } = ((await started.json()) as { data: { id: string } }).data;
  return until(async () => {
    const answer = await service.request('GET', `${path}/${id}`);
    const { status } = ((await answer.json()) as { data: { status: string } }).data;
    return status === 'running' ? undefined : status;
  });
}

/** Asks until there is an answer, at most a minute. */
export async function until<T>(ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + END_MS_MAX;
  while (Date.now() < deadline) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await pause(POLL_MS);
  }
  throw new Error('What was awaited did not come within a minute.');
}

/** Starts the process and does not wait; it is killed after the spec if it still lives. */
export function startCartograph(
  args: string[],
  { environment = {}, uid, cwd = ROOT }: SpawnOptions = {},
): Spawned {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [join(ROOT, 'bin/cartograph.cjs'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, ...environment },
    cwd,
    ...(uid === undefined ? {} : { uid }),
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  closeAfterAll(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, output, ended };
}

function addressOf(child: ChildProcess, output: { stdout: string }): Promise<string> {
  return new Promise((resolve) => {
    child.stdout!.on('data', () => {
      const found = /listens on (\S+);/.exec(output.stdout);
      if (found) resolve(found[1]!);
    });
  });
}

/** Ends an orphaned PostgreSQL by the signal of an immediate shutdown, then by force. */
async function endProcessesNaming(dataDir: string): Promise<void> {
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    for (const pid of processesNaming(dataDir)) process.kill(pid, signal);
    const isGone = async () => (processesNaming(dataDir).length === 0 ? true : undefined);
    if (await until(isGone).catch(() => false)) return;
  }
}
