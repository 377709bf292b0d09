/** `cartograph run`. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { PipelineRun } from '../platform/control-db/entities/pipeline.entities.js';
import { extractIfConnected } from './extract.command.js';
import { withService, type ApiClient, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

const POLL_MS = 200;

/** What the process answers for a run's end. */
export const EXIT_CODES: Record<PipelineRun['status'], number> = {
  published: 0,
  held: 2,
  failed: 1,
  cancelled: 1,
  queued: 1,
  running: 1,
};

interface RunOptions extends ServiceOptions {
  json?: boolean;
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
    .action(async (target: string | undefined, { json, ...options }: RunOptions) => {
      const run = await withService(options, async (client) => {
        if ((target ?? 'all') === 'all') await extractIfConnected(client);
        return runToEnd(client, target ?? 'all');
      });
      if (json) process.stdout.write(`${JSON.stringify(run)}\n`);
      else printRun(run);
      process.exitCode = EXIT_CODES[run.status];
    });
}

/** Starts a run and follows it to its end. */
export async function runToEnd(client: ApiClient, target: string): Promise<PipelineRun> {
  const path = '/api/v1/pipelines/runs';
  const { id } = await client.request<{ id: string }>('POST', path, { target });
  for (;;) {
    const run = await client.request<PipelineRun>('GET', `${path}/${id}`);
    if (run.status !== 'running' && run.status !== 'queued') return run;
    await wait(POLL_MS);
  }
}

function printRun(run: PipelineRun): void {
  const rows = Object.entries(run.models).map(([model, result]) => [
    model,
    result.status,
    String(result.rows),
    String(result.quarantined),
    String(result.duration_ms),
    result.reason ?? '',
  ]);
  printTable(['model', 'status', 'rows', 'quarantined', 'ms', 'reason'], rows, [2, 3, 4]);
  process.stdout.write(`${run.status}${run.error ? `: ${run.error}` : ''}\n`);
}
