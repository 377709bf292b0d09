/** `cartograph reconcile`: the shop's database against the warehouse, order by order. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import { withService, type ApiClient, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

interface Totals {
  orders: number;
  units: string;
  gross: string;
  refunds: string;
}

interface Day {
  day: string;
  source: string;
  shop: Totals;
  warehouse: Totals;
  differences: {
    missing: number;
    extra: number;
    differing: number;
    missing_ids: string[];
    extra_ids: string[];
    differing_ids: string[];
  };
  is_reconciled: boolean;
}

export interface ReconciliationView {
  id: string;
  status: 'running' | 'done' | 'failed';
  is_reconciled: boolean | null;
  days: Day[];
  error: { code: string; detail: string } | null;
}

interface ReconcileOptions extends ServiceOptions {
  from: string;
  to: string;
  json?: boolean;
}

const POLL_MS = 200;
const SHOWN_IDS = 5;

export function registerReconcile(program: Command): void {
  program
    .command('reconcile')
    .description(
      'Compare the warehouse with the shop database: orders, units, gross and refunds of each day.',
    )
    .requiredOption('--from <date>', 'first day, in the reporting timezone')
    .requiredOption('--to <date>', 'day after the last')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExit codes: 0 both sides agree, 2 they differ, 1 it failed.')
    .action(async ({ from, to, json, ...options }: ReconcileOptions) => {
      const result = await withService(options, (client) => reconcileDays(client, from, to));
      if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
      else print(result);
      process.exitCode = result.status === 'failed' ? 1 : result.is_reconciled ? 0 : 2;
    });
}

/** Starts a reconciliation and follows it to its end. */
export async function reconcileDays(
  client: ApiClient,
  from: string,
  to: string,
): Promise<ReconciliationView> {
  const path = '/api/v1/pipelines/reconciliations';
  const { id } = await client.request<{ id: string }>('POST', path, { from, to });
  for (;;) {
    const result = await client.request<ReconciliationView>('GET', `${path}/${id}`);
    if (result.status !== 'running') return result;
    await wait(POLL_MS);
  }
}

function print({ days, error, is_reconciled: isReconciled }: ReconciliationView): void {
  const rows = days.map(({ day, source, shop, warehouse, differences }) => [
    day,
    source,
    ...pairs(shop, warehouse),
    worded(differences),
  ]);
  const heads = ['orders', 'units', 'gross', 'refunds'].map((name) => `${name} shop / warehouse`);
  printTable(['day', 'source', ...heads, 'differences'], rows, [2, 3, 4, 5]);
  const verdict = isReconciled ? 'Both sides agree.' : 'The sides differ.';
  process.stdout.write(`${error ? `failed: ${error.detail} (${error.code})` : verdict}\n`);
}

function pairs(shop: Totals, warehouse: Totals): string[] {
  const members = ['orders', 'units', 'gross', 'refunds'] as const;
  return members.map((member) => `${shop[member]} / ${warehouse[member]}`);
}

function worded(differences: Day['differences']): string {
  const kinds = ['missing', 'extra', 'differing'] as const;
  return kinds
    .filter((kind) => differences[kind] > 0)
    .map((kind) => {
      const ids = differences[`${kind}_ids`].slice(0, SHOWN_IDS).join(', ');
      return `${differences[kind]} ${kind}: ${ids}`;
    })
    .join('; ');
}
