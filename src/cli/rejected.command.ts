/** `cartograph rejected list|summary|show|replay`: events that broke their contract. */
import type { Command } from 'commander';
import type {
  RejectionGroup,
  RejectionPage,
  ReplayOutcome,
  WholeRejection,
} from '../ingest/index.js';
import { withService, type ApiClient, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

const PATH = '/api/v1/pipelines/rejected-events';

const FILTERS = ['source', 'event', 'contract', 'from', 'to', 'code', 'state', 'limit'] as const;

type Filters = Partial<Record<(typeof FILTERS)[number], string>>;
type Options = ServiceOptions & Filters & { json?: boolean; cursor?: string };
type Replayed = Omit<ReplayOutcome, 'cursor'>;

/** Registers the command and the four below it. */
export function registerRejected(program: Command): void {
  const rejected = program
    .command('rejected')
    .description('List, sum up, show and replay events that broke their contract.');
  withFilters(rejected.command('list'))
    .description('List rejected events with their first reason, newest first.')
    .option('--limit <n>', 'how many to show, at most 500')
    .option('--cursor <cursor>', 'go on where a list before stopped')
    .action(list);
  withFilters(rejected.command('summary'))
    .description('Count rejected events by source, event, contract and first reason.')
    .action(summarise);
  rejected
    .command('show <id>')
    .description('Show one rejected event, whole. Personal data is shown as tokens.')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON in one line')
    .action(show);
  withSelection(rejected.command('replay'))
    .description('Store the rejected events that hold by now as events, each exactly once.')
    .argument('[ids...]', 'only these; all that are open if left out')
    .addHelpText('after', '\nExit codes: 0 done, also if some are still rejected; 1 it failed.')
    .action(replay);
}

function withSelection(command: Command): Command {
  return command
    .option('--source <name>', 'of this shop or channel')
    .option('--event <name>', 'of this name, e.g. "Order Completed"')
    .option('--contract <name>', 'that broke this contract, e.g. order_completed')
    .option('--from <date>', 'received from this day (reporting timezone) or instant on')
    .option('--to <date>', 'received before this day or instant')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON');
}

function withFilters(command: Command): Command {
  return withSelection(command)
    .option('--code <code>', 'with this code among the reasons, e.g. required')
    .option('--state <state>', 'open, replayed or all (default: open)');
}

/** Of the options, what the API takes as parameters. */
function filtersOf(options: Options): Record<string, string> {
  const given = [...FILTERS, 'cursor' as const].map((name) => [name, options[name]] as const);
  return Object.fromEntries(
    given.filter((entry): entry is readonly [(typeof entry)[0], string] => entry[1] !== undefined),
  );
}

const pathOf = (below: string, options: Options) =>
  `${PATH}${below}?${new URLSearchParams(filtersOf(options))}`;

const printJson = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function list(options: Options): Promise<void> {
  const page = await withService(options, (client) =>
    client.request<RejectionPage>('GET', pathOf('', options)),
  );
  if (options.json) return void printJson(page);
  const rows = page.rows.map(({ id, received_at: at, source, event, state, reasons }) => [
    ...[id, at, source, event, state],
    ...[reasons[0]?.path ?? '', reasons[0]?.message ?? ''],
  ]);
  printTable(['id', 'received', 'source', 'event', 'state', 'where', 'why'], rows);
  if (page.cursor) process.stdout.write(`There are more: --cursor ${page.cursor}\n`);
}

async function summarise(options: Options): Promise<void> {
  const summary = await withService(options, (client) =>
    client.request<{ rows: RejectionGroup[] }>('GET', pathOf('/summary', options)),
  );
  if (options.json) return void printJson(summary);
  const rows = summary.rows.map((group) => [
    ...[group.source, group.event, group.contract, group.code, group.path],
    ...[String(group.events), group.first_seen, group.last_seen],
  ]);
  const header = ['source', 'event', 'contract', 'reason', 'where', 'events', 'first', 'last'];
  printTable(header, rows, [5]);
}

async function show(id: string, { json, ...options }: ServiceOptions & { json?: boolean }) {
  const found = await withService(options, (client) =>
    client.request<WholeRejection>('GET', `${PATH}/${encodeURIComponent(id)}`),
  );
  process.stdout.write(`${JSON.stringify(found, null, json ? 0 : 2)}\n`);
}

async function replay(ids: string[], options: Options): Promise<void> {
  const body = { ...filtersOf(options), ...(ids.length > 0 ? { ids } : {}) };
  const outcome = await withService(options, (client) => replayAll(client, body));
  if (options.json) return void printJson(outcome);
  const { read, replayed, still_rejected: still, already_replayed: already } = outcome;
  process.stdout.write(
    `read ${read}: replayed ${replayed}, still rejected ${still}, already replayed ${already}\n`,
  );
  const rows = outcome.still_rejected_examples.map(({ id, event, reasons }) => [
    ...[id, event, reasons[0]?.path ?? '', reasons[0]?.message ?? ''],
  ]);
  if (rows.length > 0) printTable(['still rejected', 'event', 'where', 'why'], rows);
}

/** Calls until nothing remains: a call handles a bounded number of events. */
async function replayAll(client: ApiClient, body: object): Promise<Replayed> {
  let sum: Replayed | null = null;
  for (let cursor: string | null = null; ;) {
    const request = { ...body, ...(cursor === null ? {} : { cursor }) };
    const answer: ReplayOutcome = await client.request('POST', `${PATH}/replay`, request);
    sum = add(sum, answer);
    cursor = answer.cursor;
    if (answer.remaining === 0 || cursor === null) return sum;
  }
}

function add(sum: Replayed | null, { cursor: _, ...answer }: ReplayOutcome): Replayed {
  if (sum === null) return answer;
  return {
    read: sum.read + answer.read,
    replayed: sum.replayed + answer.replayed,
    still_rejected: sum.still_rejected + answer.still_rejected,
    already_replayed: sum.already_replayed + answer.already_replayed,
    remaining: answer.remaining,
    still_rejected_examples:
      sum.still_rejected_examples.length > 0
        ? sum.still_rejected_examples
        : answer.still_rejected_examples,
  };
}
