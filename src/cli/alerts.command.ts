/** `cartograph alerts list|show|acknowledge|test`: what is wrong, and whether word of it arrives. */
import type { Command } from 'commander';
import { withService, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

const PATH = '/api/v1/alerts';

interface AlertView {
  id: string;
  kind: string;
  subject: string;
  severity: string;
  summary: string;
  opened_at: string;
  resolved_at: string | null;
  acknowledged_by: string | null;
}

interface ChannelTest {
  channel: string;
  delivered: boolean;
  error: string | null;
}

type Options = ServiceOptions & { json?: boolean; state?: string };

/** Registers the command and the four below it. */
export function registerAlerts(program: Command): void {
  const alerts = program
    .command('alerts')
    .description('List, show and acknowledge alerts, and test their notifications.');
  shared(alerts.command('list'))
    .description('List alerts, newest first.')
    .option('--state <state>', 'open, resolved or all (default: open)')
    .action(list);
  shared(alerts.command('show'))
    .argument('<id>', 'of an alert')
    .description('Show one alert, whole: what to do, and whom each notification has reached.')
    .action(show);
  shared(alerts.command('acknowledge'))
    .argument('<id>', 'of an open alert')
    .description('Note that somebody takes care of an alert.')
    .action(acknowledge);
  shared(alerts.command('test'))
    .description('Send a test notification to every configured channel.')
    .addHelpText(
      'after',
      '\nExit codes: 0 all were delivered, 1 one was not or none is configured.',
    )
    .action(test);
}

const shared = (command: Command) =>
  command
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON in one line');

const printJson = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

async function list({ json, state, ...options }: Options): Promise<void> {
  const query = state === undefined ? '' : `?${new URLSearchParams({ state })}`;
  const found = await withService(options, (client) =>
    client.request<AlertView[]>('GET', `${PATH}${query}`),
  );
  if (json) return void printJson(found);
  const rows = found.map((alert) => [
    ...[alert.id, alert.severity, alert.kind, alert.subject, alert.opened_at],
    ...[alert.resolved_at ?? '', alert.acknowledged_by ?? '', alert.summary],
  ]);
  const header = ['id', 'severity', 'kind', 'subject', 'opened', 'resolved', 'taken by', 'summary'];
  printTable(header, rows);
}

async function show(id: string, { json, ...options }: Options): Promise<void> {
  const found = await withService(options, (client) =>
    client.request<AlertView>('GET', `${PATH}/${encodeURIComponent(id)}`),
  );
  process.stdout.write(`${JSON.stringify(found, null, json ? 0 : 2)}\n`);
}

async function acknowledge(id: string, { json, ...options }: Options): Promise<void> {
  const found = await withService(options, (client) =>
    client.request<AlertView>('POST', `${PATH}/${encodeURIComponent(id)}/acknowledge`),
  );
  if (json) return void printJson(found);
  process.stdout.write(`${found.summary}: taken care of by ${found.acknowledged_by}.\n`);
}

async function test({ json, ...options }: Options): Promise<void> {
  const tested = await withService(options, (client) =>
    client.request<ChannelTest[]>('POST', `${PATH}/test`),
  );
  const isWell = tested.length > 0 && tested.every(({ delivered }) => delivered);
  if (!isWell) process.exitCode = 1;
  if (json) return void printJson(tested);
  if (tested.length === 0) {
    process.stdout.write(
      'No channel is configured: set ALERT_WEBHOOK_URL, ALERT_SLACK_URL or ALERT_PAGERDUTY_KEY.\n',
    );
    return;
  }
  const rows = tested.map(({ channel, delivered, error }) => [
    channel,
    delivered ? 'delivered' : 'failed',
    error ?? '',
  ]);
  printTable(['channel', 'outcome', 'why'], rows);
}
