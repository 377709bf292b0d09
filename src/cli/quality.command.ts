/** `cartograph quality`: every check over all tables, as a report. */
import { writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Command } from 'commander';
import type { QualityReport } from '../modules/quality/quality-report.js';
import { renderHtml } from '../modules/quality/render-html.js';
import { withService, type ApiClient, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

const PATH = '/api/v1/quality';
const POLL_MS = 200;

interface Options extends ServiceOptions {
  json?: boolean;
  html?: string;
}

interface RowsOptions extends ServiceOptions {
  check?: string;
}

export function registerQuality(program: Command): void {
  const quality = program
    .command('quality')
    .description('What the checks of all tables find; the report if no command is named.');
  quality
    .command('report', { isDefault: true })
    .description('Run every check over all tables. Exit code 0 all hold, 2 some fail.')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print the report as JSON')
    .option('--html <file>', 'write the report as one page')
    .action(async ({ json, html, ...options }: Options) => {
      const report = await withService(options, makeReport);
      if (html) writeFileSync(html, renderHtml(report));
      if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
      else printReport(report);
      process.exitCode = report.summary.failed > 0 || report.held.length > 0 ? 2 : 0;
    });
  quality
    .command('rows <model>')
    .description('Rows of a model that failed a check, as lines of JSON, newest first.')
    .option('--check <name>', 'that failed this check')
    .option('--data-dir <folder>', 'data directory of the service')
    .action(async (model: string, { check, ...options }: RowsOptions) => {
      const asked = check === undefined ? '' : `?check=${encodeURIComponent(check)}`;
      const path = `${PATH}/models/${encodeURIComponent(model)}/failing-rows${asked}`;
      const rows = await withService(options, (client) => client.request<object[]>('GET', path));
      for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`);
    });
}

/** Asks for a report and waits until it is made. Throws if it cannot be. */
export async function makeReport(client: ApiClient): Promise<QualityReport> {
  const { id } = await client.request<{ id: string }>('POST', `${PATH}/reports`);
  for (;;) {
    const found = await client.request<{
      status: string;
      error: string | null;
      report: QualityReport | null;
    }>('GET', `${PATH}/reports/${id}`);
    if (found.report) return found.report;
    if (found.status === 'failed') throw new Error(found.error ?? 'The report failed.');
    await wait(POLL_MS);
  }
}

export function printReport({ summary, tables, held, accepted }: QualityReport): void {
  const share = (value: number | null) =>
    value === null ? '–' : `${(Math.floor(value * 10_000) / 100).toFixed(2)} %`;
  const rows = tables.map((table) => [
    table.table,
    String(table.rows),
    String(table.set_aside),
    share(table.completeness),
    share(table.accuracy),
    `${table.checks.filter(({ passed }) => passed).length} of ${table.checks.length}`,
    table.checks
      .filter(({ passed }) => !passed)
      .map(({ name, failing }) => `${name} (${failing})`)
      .join(', '),
  ]);
  const header = ['table', 'rows', 'set aside', 'complete', 'accurate', 'checks', 'failing'];
  printTable(header, rows, [1, 2, 3, 4]);
  for (const { model, reason } of held) process.stdout.write(`held: ${model}. ${reason}\n`);
  for (const { model, check, by, reason } of accepted) {
    process.stdout.write(`accepted: ${model}: ${check}, by ${by}: ${reason}\n`);
  }
  process.stdout.write(
    `${summary.checks} checks over ${summary.tables} tables: ${summary.failed} failed, ` +
      `${summary.warned} warnings; complete ${share(summary.completeness)}, ` +
      `accurate ${share(summary.accuracy)}\n`,
  );
}
