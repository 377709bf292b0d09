/** What the demo shows: sales by month, and whether the API agrees with the generator. */
import type { Answer, Series, Summary } from '../../contracts/metric-contract.js';
import { addDays } from '../days.js';
import type { ApiClient } from '../client.js';
import { printTable } from '../print.js';
import { reconcileDays } from '../reconcile.command.js';
import type { DemoState } from './record.js';

const TABLE_METRICS = ['gross_sales', 'discounts', 'refunds', 'net_sales', 'orders', 'customers'];

export async function printSummary(
  url: string,
  state: DemoState,
  say: (line: string) => void,
): Promise<void> {
  const query = `${rangeOf(state)}&granularity=month&metrics=${TABLE_METRICS.join(',')}`;
  const { data, meta } = await read<Series>(url, state, `series?${query}`);
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

/** Orders equal, gross and net equal to the cent. */
export async function reconcile(
  url: string,
  state: DemoState,
  say: (line: string) => void,
): Promise<boolean> {
  const { expected } = state;
  if (!expected) throw new Error('The traffic was not played to its end; start the demo again.');
  const query = `${rangeOf(state)}&compare=none&metrics=orders,gross_sales,net_sales`;
  const { data } = await read<Summary>(url, state, `summary?${query}`);
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
  const response = await fetch(`${url}/api/v1/sales/${view}`, {
    headers: { authorization: `Bearer ${state.salesKey}` },
  });
  if (!response.ok)
    throw new Error(`The API answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer<Data>;
}
