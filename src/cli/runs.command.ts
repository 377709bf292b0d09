/** `cartograph runs list|show|follow|cancel|retry`, and `cartograph backfill`. */
import type { Command } from 'commander';
import type { PipelineRun } from '../platform/control-db/entities/pipeline.entities.js';
import { withService, type ServiceOptions } from './client.js';
import { printTable } from './print.js';
import { EXIT_CODES, followRun, printRun, RUNS_PATH } from './run.command.js';

type Options = ServiceOptions & { json?: boolean; status?: string; limit?: string };
type BackfillOptions = Options & { from: string; to: string };

const pathOf = (id: string, action = '') => `${RUNS_PATH}/${encodeURIComponent(id)}${action}`;

export function registerRuns(program: Command): void {
  const runs = program.command('runs').description('List, show, follow, cancel and retry runs.');
  withOptions(runs.command('list'))
    .description('The latest runs, newest first.')
    .option('--status <status>', 'running, published, held, failed or cancelled')
    .option('--limit <n>', 'how many, at most 200')
    .action(list);
  withOptions(runs.command('show <id>'))
    .description('One run: who started it, what each task read and made, what came of it.')
    .action(async (id: string, options: Options) => {
      const run = await withService(options, (client) =>
        client.request<PipelineRun>('GET', pathOf(id)),
      );
      finish(run, options);
    });
  withOptions(runs.command('follow <id>'))
    .description('Wait for the end of a run, telling how it goes.')
    .action(async (id: string, options: Options) => {
      finish(await withService(options, (client) => followRun(client, id, tell())), options);
    });
  withOptions(runs.command('cancel <id>'))
    .description('Stop a run between two steps; what it published stays.')
    .action(async (id: string, options: Options) => {
      await withService(options, (client) => client.request('POST', pathOf(id, '/cancellation')));
      process.stdout.write(`${id} stops at its next step.\n`);
    });
  withOptions(runs.command('retry <id>'))
    .description('Do a run again, to its end; a backfill goes on where it stopped.')
    .action(async (id: string, options: Options) => {
      const run = await withService(options, async (client) => {
        const again = await client.request<{ id: string }>('POST', pathOf(id, '/retry'));
        return followRun(client, again.id, tell());
      });
      finish(run, options);
    });
}

export function registerBackfill(program: Command): void {
  withOptions(program.command('backfill [target]'))
    .description(
      'Make a range of days anew, of a model, a schedule or all (default), while increments go ' +
        'on. One that was stopped goes on by itself; Ctrl-C stops only the watching.',
    )
    .requiredOption('--from <day>', 'the first day, in UTC')
    .requiredOption('--to <day>', 'the day after the last')
    .action(async (target: string | undefined, { from, to, ...options }: BackfillOptions) => {
      const run = await withService(options, async (client) => {
        const body = { target: target ?? 'all', from, to };
        const path = '/api/v1/pipelines/backfills';
        const { id } = await client.request<{ id: string }>('POST', path, body);
        return followRun(client, id, tell());
      });
      finish(run, options);
    });
}

const withOptions = (command: Command) =>
  command
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON');

async function list(options: Options): Promise<void> {
  const asked = new URLSearchParams();
  for (const name of ['status', 'limit'] as const) {
    if (options[name] !== undefined) asked.set(name, options[name]);
  }
  const runs = await withService(options, (client) =>
    client.request<PipelineRun[]>('GET', `${RUNS_PATH}?${asked}`),
  );
  if (options.json) return void process.stdout.write(`${JSON.stringify(runs)}\n`);
  const rows = runs.map(({ id, target, trigger, requestedBy, status, startedAt, models }) => [
    id,
    target,
    trigger,
    requestedBy,
    status,
    String(startedAt),
    String(Object.values(models).reduce((sum, { rows: made }) => sum + made, 0)),
  ]);
  printTable(['id', 'target', 'by', 'asked by', 'status', 'started at', 'rows'], rows, [6]);
}

/** Says each step of a backfill, or each task of a run, once, where it does not end up in a file. */
function tell(): (run: PipelineRun) => void {
  let said = '';
  return ({ progress, models }) => {
    const [task] = Object.entries(models).find(([, { status }]) => status === 'running') ?? [];
    const line = progress
      ? `${progress.done} of ${progress.total} ${progress.next ?? ''}${estimate(progress.remaining_ms)}`
      : (task ?? 'waits its turn');
    if (line === said) return;
    said = line;
    process.stderr.write(`${line}\n`);
  };
}

function estimate(remainingMs: number | null): string {
  return remainingMs === null ? '' : `, about ${Math.ceil(remainingMs / 1000)} s to go`;
}

function finish(run: PipelineRun, { json }: Options): void {
  if (json) process.stdout.write(`${JSON.stringify(run)}\n`);
  else {
    const { trigger, requestedBy, startedAt, finishedAt, parameters } = run;
    const asked = Object.entries(parameters).map(([name, value]) => `${name} ${value}`);
    process.stdout.write(
      `${run.id}: ${run.target} by ${trigger} of ${requestedBy}${asked.length > 0 ? ` (${asked.join(', ')})` : ''}, ` +
        `${String(startedAt)} to ${String(finishedAt ?? 'now')}\n`,
    );
    printRun(run);
  }
  process.exitCode = EXIT_CODES[run.status];
}
