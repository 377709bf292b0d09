/**
 * What the demo shows: sales by month, behaviour by channel, and whether the API agrees with the
 * generator.
 */
import type { Answer, Breakdown, Series, Summary } from '../../contracts/metric-contract.js';
import { addDays } from '../days.js';
import type { ApiClient } from '../client.js';
import { printTable } from '../print.js';
import { reconcileDays } from '../reconcile.command.js';
import type { DemoState } from './record.js';

const TABLE_METRICS = ['gross_sales', 'discounts', 'refunds', 'net_sales', 'orders', 'customers'];

const VISIT_METRICS = ['sessions', 'visitors', 'bounce_rate', 'conversion_rate'];
const CHANNEL_SALES_METRICS = ['orders', 'net_sales'];
const FUNNEL_STEPS = ['Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed'];

interface Funnel {
  rows: { steps: { event: string; visitors: number; conversion_rate: number | null }[] }[];
}

export async function printSummary(
  url: string,
  state: DemoState,
  say: (line: string) => void,
): Promise<void> {
  const query = `${rangeOf(state)}&granularity=month&metrics=${TABLE_METRICS.join(',')}`;
  const { data, meta } = await read<Series>(url, state, `sales/series?${query}`);
  const rows = data.points.map((point) => [
    point.at.slice(0, 7),
    ...TABLE_METRICS.map((metric) => String(point[metric])),
  ]);
  say(`\nSales in ${meta.currency}, as of ${meta.asOf}, ${meta.completeness}:`);
  printTable(
    ['month', ...TABLE_METRICS],
    rows,
    TABLE_METRICS.map((_, index) => index + 1),
  );
}

/** What each channel brought, and how far visitors came. */
export async function printBehaviour(
  url: string,
  state: DemoState,
  say: (line: string) => void,
): Promise<void> {
  const [visits, sales] = await Promise.all([
    read<Breakdown>(url, state, `behaviour/breakdown?${byChannel(state, VISIT_METRICS)}`),
    read<Breakdown>(url, state, `sales/breakdown?${byChannel(state, CHANNEL_SALES_METRICS)}`),
  ]);
  const rows = visits.data.rows.map((row) => {
    const sold = sales.data.rows.find(({ key }) => key === row.key);
    return [
      row.key,
      ...VISIT_METRICS.map((metric) => shown(metric, row[metric])),
      ...CHANNEL_SALES_METRICS.map((metric) => String(sold?.[metric] ?? 0)),
    ];
  });
  say('\nWhat brought visitors and sales:');
  const columns = [...VISIT_METRICS, ...CHANNEL_SALES_METRICS];
  printTable(
    ['channel', ...columns],
    rows,
    columns.map((_, index) => index + 1),
  );
  const asked = `behaviour/funnel?${rangeOf(state)}&steps=${FUNNEL_STEPS.join(',')}`;
  const { data } = await read<Funnel>(url, state, asked);
  const steps = data.rows[0]!.steps.map(({ event, visitors, conversion_rate: rate }, index) =>
    index === 0 ? `${event} ${visitors}` : `${event} ${visitors} (${percent(rate)})`,
  );
  say(`Funnel: ${steps.join(' → ')}`);
}

const byChannel = (state: DemoState, metrics: readonly string[]) =>
  `${rangeOf(state)}&by=channel&metrics=${metrics.join(',')}`;
const percent = (rate: unknown) => (rate === null ? '–' : `${(Number(rate) * 100).toFixed(1)} %`);
const shown = (metric: string, value: unknown) =>
  metric.endsWith('_rate') ? percent(value) : String(value);

/** Orders equal, gross and net equal to the cent. */
export async function reconcile(
  url: string,
  state: DemoState,
  say: (line: string) => void,
): Promise<boolean> {
  const { expected } = state;
  if (!expected) throw new Error('The traffic was not played to its end; start the demo again.');
  const query = `${rangeOf(state)}&compare=none&metrics=orders,gross_sales,net_sales`;
  const { data } = await read<Summary>(url, state, `sales/summary?${query}`);
  const pairs = [
    ['orders', String(expected.orders), String(data['orders']?.value)],
    ['gross_sales', expected.grossSales, String(data['gross_sales']?.value)],
    ['net_sales', expected.netSales, String(data['net_sales']?.value)],
  ] as const;
  const parts = pairs.map(([metric, sold, answered]) =>
    sold === answered ? `${metric} ${answered}` : `${metric} sold ${sold}, answered ${answered}`,
  );
  const isReconciled = pairs.every(([, sold, answered]) => sold === answered);
  say(`\nCheck: ${isReconciled ? 'reconciled' : 'DIFFERENT'}: ${parts.join('; ')}`);
  return isReconciled;
}

/** Order by order, the shop's own database against the warehouse. */
export async function reconcileWithShop(
  client: ApiClient,
  { until, days }: DemoState,
  say: (line: string) => void,
): Promise<boolean> {
  const from = addDays(until, 1 - days);
  const { days: compared, ...result } = await reconcileDays(client, from, addDays(until, 1));
  const count = (pick: (day: (typeof compared)[number]) => number) =>
    compared.reduce((sum, day) => sum + pick(day), 0);
  const differing = count(({ differences: { missing, extra, differing: other } }) => {
    return missing + extra + other;
  });
  const isReconciled = result.is_reconciled === true;
  say(
    `Shop:  ${isReconciled ? 'reconciled' : 'DIFFERENT'}: ` +
      `${count(({ shop }) => shop.orders)} orders in the shop's database, ` +
      `${count(({ warehouse }) => warehouse.orders)} in the warehouse, ${differing} differ` +
      (result.error ? `; ${result.error.detail}` : ''),
  );
  return isReconciled;
}

function rangeOf({ until, days }: DemoState): string {
  return `from=${addDays(until, 1 - days)}&to=${addDays(until, 1)}&timezone=UTC&currency=USD`;
}

async function read<Data>(url: string, state: DemoState, view: string): Promise<Answer<Data>> {
  const response = await fetch(`${url}/api/v1/${view}`, {
    headers: { authorization: `Bearer ${state.readKey}` },
  });
  if (!response.ok)
    throw new Error(`The API answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer<Data>;
}
