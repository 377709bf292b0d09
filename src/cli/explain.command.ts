/** `cartograph explain`: one number, and all that stands behind it. */
import type { Command } from 'commander';
import type { Answer } from '../contracts/metric-contract.js';
import type { Explanation } from '../modules/catalog/explanation.js';
import { withService, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

interface ExplainOptions extends ServiceOptions {
  from?: string;
  to?: string;
  timezone?: string;
  currency?: string;
  department?: string;
  filter: Record<string, string>;
  json?: boolean;
}

export function registerExplain(program: Command): void {
  program
    .command('explain <metric>')
    .description(
      'Explain one number: its definition, its SQL, the models, versions, runs and loads behind ' +
        'it, and what was left out.',
    )
    .option('--from <date>', 'first day, inclusive; default: 30 days before --to')
    .option('--to <date>', 'day after the last; default: tomorrow')
    .option('--timezone <name>', 'IANA timezone in which days begin')
    .option('--currency <code>', 'ISO 4217 code')
    .option('--department <name>', 'where several departments have the metric')
    .option('--filter <dimension=values>', 'such as country=DE,AT; may be repeated', addFilter, {})
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print the answer as JSON, with its metric contract')
    .action(async (metric: string, { json, filter, dataDir, ...asked }: ExplainOptions) => {
      const query = new URLSearchParams({ metric, ...asked });
      for (const [dimension, values] of Object.entries(filter)) {
        query.set(`filter[${dimension}]`, values);
      }
      const answer = await withService(dataDir ? { dataDir } : {}, (client) =>
        client.answer<Answer<Explanation>>('GET', `/api/v1/explain?${query}`),
      );
      if (json) process.stdout.write(`${JSON.stringify(answer)}\n`);
      else print(answer);
    });
}

function addFilter(text: string, known: Record<string, string>): Record<string, string> {
  const [, dimension, values] = /^(\w+)=(.+)$/s.exec(text) ?? [];
  if (dimension === undefined) throw new Error('A filter is written dimension=value,value.');
  return { ...known, [dimension]: values! };
}

const line = (text = '') => process.stdout.write(`${text}\n`);

function section(title: string, header: string[], rows: string[][], right: number[] = []): void {
  line();
  line(title);
  if (rows.length === 0) line('none');
  else printTable(header, rows, right);
}

function print({ data: explanation, meta }: Answer<Explanation>): void {
  const { metric, value, query, models, cut } = explanation;
  line(`${metric.label}: ${value ?? 'undefined'}`);
  line(`${metric.formula}`);
  line(`${metric.id}, version ${metric.version}, ${metric.unit}, owner ${metric.owner}`);
  line(`${meta.range.from} to ${meta.range.to}, ${meta.timezone}, ${meta.currency}`);
  line(`${meta.completeness} as of ${meta.asOf ?? 'never'}`);
  if (meta.held.length > 0) line(`held: ${meta.held.join(', ')}`);
  line();
  line(query.sql);
  for (const [name, bound] of Object.entries(query.parameters)) {
    line(`  ${name} = ${JSON.stringify(bound)}`);
  }
  section(
    'Made of',
    ['model', 'kind', 'state', 'as of', 'definition', 'partitions'],
    models.map((model) => [
      model.name,
      model.kind,
      model.state,
      model.as_of ?? 'never',
      model.definition ?? '',
      String(model.partitions),
    ]),
    [5],
  );
  printPublished(explanation);
  printArrivals(explanation);
  printLeftOut(explanation);
  if (cut.length === 0) return;
  line();
  line('Shortened');
  for (const words of cut) line(`  ${words}`);
}

function printPublished({ published, query }: Explanation): void {
  section(
    `Versions of ${query.model}`,
    ['partition', 'version', 'published', 'run'],
    published.versions
      .filter(({ model }) => model === query.model)
      .map((row) => [row.partition, row.version, row.published_at, row.run_id]),
    [1],
  );
  section(
    'Runs',
    ['run', 'target', 'trigger', 'status', 'started'],
    published.runs.map((run) => [run.id, run.target, run.trigger, run.status, run.started_at]),
  );
}

function printArrivals({ arrivals }: Explanation): void {
  const { events, records } = arrivals;
  if (events) {
    section(
      'Events that arrived',
      ['source', 'events', 'first', 'last'],
      events.map((row) => [row.source, String(row.events), row.first_arrival, row.last_arrival]),
      [1],
    );
  }
  if (records) {
    section(
      'Records that arrived',
      ['load', 'kind', 'file', 'requested by', 'source', 'entity', 'records', 'last'],
      records.map((row) => [
        row.load_id,
        row.kind ?? '',
        row.file_name ?? '',
        row.requested_by ?? '',
        row.source,
        row.entity,
        String(row.records),
        row.last_arrival,
      ]),
      [6],
    );
  }
}

function printLeftOut({ left_out: leftOut }: Explanation): void {
  const { orders, quarantined, rejected_events: rejected } = leftOut;
  const counted: string[][] = [
    ...(orders
      ? [
          ['test orders', String(orders.test_orders)],
          ['deleted orders', String(orders.deleted_orders)],
        ]
      : []),
    ...quarantined.map((row) => [`set aside: ${row.model}, ${row.check}`, String(row.rows)]),
    ...(rejected ?? []).map((row) => [
      `rejected events: ${row.event}, ${row.contract} (${row.open} not replayed)`,
      String(row.events),
    ]),
  ];
  section('Left out', ['what', 'count'], counted, [1]);
}
