/** `cartograph status`. */
import type { Command } from 'commander';
import { withService, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

interface Status {
  models: {
    model: string;
    kind: string;
    schedule: string;
    status: string;
    reason: string | null;
    as_of: string | null;
  }[];
}

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('Show every model: its state, and as of when its answers hold.')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON')
    .action(async ({ json, ...options }: ServiceOptions & { json?: boolean }) => {
      const status = await withService(options, (client) =>
        client.request<Status>('GET', '/api/v1/pipelines/status'),
      );
      if (json) process.stdout.write(`${JSON.stringify(status)}\n`);
      else {
        const rows = status.models.map(
          ({ model, kind, schedule, status: state, as_of, reason }) => [
            model,
            kind,
            schedule,
            state,
            as_of ?? 'never',
            reason ?? '',
          ],
        );
        printTable(['model', 'kind', 'schedule', 'state', 'as of', 'reason'], rows);
      }
      process.exitCode = status.models.some((model) => model.status !== 'ok') ? 2 : 0;
    });
}
