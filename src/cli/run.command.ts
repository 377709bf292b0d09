/** `cartograph run`. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { PipelineRun } from '../platform/control-db/entities/pipeline.entities.js';
import { extractIfConnected } from './extract.command.js';
import { withService, type ApiClient, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

const POLL_MS = 200;
export const RUNS_PATH = '/api/v1/pipelines/runs';

/** What the process answers for a run's end. */
export const EXIT_CODES: Record<PipelineRun['status'], number> = {
  published: 0,
  held: 2,
  failed: 1,
  cancelled: 1,
  running: 1,
};

interface RunOptions extends ServiceOptions {
  json?: boolean;
  accept?: string;
}

export function registerRun(program: Command): void {
  program
    .command('run [target]')
    .description(
      'Run a schedule (streaming, hourly, daily), a model (silver.orders), or all: what is new in ' +
        'the shop database, if one is connected, then every model.',
    )
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print the run as JSON')
    .option(
      '--accept <reason>',
      'publish a held model although checks fail; the reason is kept beside who gave it',
    )
    .action(async (target: string | undefined, { json, accept, ...options }: RunOptions) => {
      const run = await withService(options, async (client) => {
        if ((target ?? 'all') === 'all') await extractIfConnected(client);
        return runToEnd(client, target ?? 'all', accept);
      });
      if (json) process.stdout.write(`${JSON.stringify(run)}\n`);
      else printRun(run);
      process.exitCode = EXIT_CODES[run.status];
    });
}

/** Starts a run and follows it to its end. */
export async function runToEnd(
  client: ApiClient,
  target: string,
  accept?: string,
): Promise<PipelineRun> {
  const body = accept === undefined ? { target } : { target, accept };
  const { id } = await client.request<{ id: string }>('POST', RUNS_PATH, body);
  return followRun(client, id);
}

/** Waits for the end of a run; `onStep` is told how it stands meanwhile. */
export async function followRun(
  client: ApiClient,
  id: string,
  onStep: (run: PipelineRun) => void = () => undefined,
): Promise<PipelineRun> {
  for (;;) {
    const run = await client.request<PipelineRun>('GET', `${RUNS_PATH}/${encodeURIComponent(id)}`);
    if (run.status !== 'running') return run;
    onStep(run);
    await wait(POLL_MS);
  }
}

/** Its tasks as a table, and what came of it. */
export function printRun(run: PipelineRun): void {
  const rows = Object.entries(run.models).map(([model, result]) => [
    model,
    result.status,
    String(result.rows_in),
    String(result.rows),
    String(result.quarantined),
    String(result.bytes),
    String(result.attempts),
    String(result.duration_ms),
    result.reason ?? '',
  ]);
  const header = ['model', 'status', 'rows in', 'rows', 'set aside', 'bytes', 'attempts', 'ms'];
  printTable([...header, 'reason'], rows, [2, 3, 4, 5, 6, 7]);
  process.stdout.write(`${run.status}${run.error ? `: ${run.error}` : ''}\n`);
}
