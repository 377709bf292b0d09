/** `cartograph retention`: what would go, what a day costs; with --apply it goes. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { RetentionPlan } from '../analytics/index.js';
import { withService, type ApiClient, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

interface RetentionOptions extends ServiceOptions {
  apply?: boolean;
  json?: boolean;
}

interface RetentionView {
  id: string;
  status: 'running' | 'done' | 'failed';
  plan: RetentionPlan | null;
  error: { code: string; detail: string } | null;
}

const POLL_MS = 200;
const PATH = '/api/v1/keeping/retention';

export function registerRetention(program: Command): void {
  program
    .command('retention')
    .description('Show what is older than its rule says and what a day costs; change nothing.')
    .option('--apply', 'let go of it')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON')
    .action(async ({ apply, json, ...options }: RetentionOptions) => {
      const plan = await withService(options, (client) =>
        apply ? applyToEnd(client) : client.request<RetentionPlan>('GET', PATH),
      );
      if (json) process.stdout.write(`${JSON.stringify(plan)}\n`);
      else print(plan, apply ?? false);
    });
}

async function applyToEnd(client: ApiClient): Promise<RetentionPlan> {
  const { id } = await client.request<RetentionView>('POST', `${PATH}/runs`);
  for (;;) {
    const { status, plan, error } = await client.request<RetentionView>(
      'GET',
      `${PATH}/runs/${id}`,
    );
    if (error) throw new Error(`${error.detail} (${error.code})`);
    if (status === 'done') return plan!;
    await wait(POLL_MS);
  }
}

function print(plan: RetentionPlan, isDone: boolean) {
  const { rules, partitions, months, records, costs, warnings } = plan;
  const say = (line: string) => process.stdout.write(`${line}\n`);
  printTable(
    ['rule', 'months', 'what'],
    rules.map(({ id, keep_months: months, description }) => [
      id,
      String(months ?? 'for ever'),
      description,
    ]),
    [1],
  );
  say('');
  const stored = costs.filter(({ rows }) => rows > 0);
  printTable(
    ['table', 'rows', 'bytes', 'days', 'bytes a day', 'kept from'],
    stored.map((cost) => [
      cost.table,
      ...[cost.rows, cost.bytes, cost.days, cost.bytes_per_day].map(String),
      cost.kept_from ?? 'for ever',
    ]),
    [1, 2, 3, 4],
  );
  say('');
  const gone = [
    ...partitions.map((old) => [old.table, old.partition, String(old.rows), String(old.bytes)]),
    ...records.map((old) => [old.table, `before ${old.kept_from}`, String(old.rows), '']),
  ];
  if (gone.length === 0) say('Nothing is older than its rule says.');
  else {
    say(isDone ? 'Gone:' : 'Would go with --apply:');
    printTable(['table', 'partition', 'rows', 'bytes'], gone, [2, 3]);
  }
  if (months.length > 0) {
    say('');
    say(isDone ? 'Days that became a month:' : 'Days that become a month with --apply:');
    const moves = months.map((old) => [
      old.table,
      old.partition,
      ...[old.rows, old.bytes].map(String),
    ]);
    printTable(['table', 'month', 'rows', 'bytes'], moves, [2, 3]);
  }
  for (const warning of warnings) say(`Warning: ${warning}`);
}
