/** What the demo shows of customers, campaigns, sentiment and the executive report. */
import type { Answer, Breakdown, Summary } from '../../contracts/metric-contract.js';
import { addDays } from '../days.js';
import { printTable } from '../print.js';
import type { DemoState } from './record.js';

const CAMPAIGN_METRICS = ['spend', 'clicks', 'sessions', 'attributed_orders', 'roas', 'cac'];
const CAMPAIGNS_SHOWN = 5;
const SEGMENTS_SHOWN = 4;

interface Report {
  explanation: { sentences: string[] } | null;
  notes: string[];
}

type Say = (line: string) => void;

export async function printDepartments(url: string, state: DemoState, say: Say): Promise<void> {
  await printCustomers(url, state, say);
  await printCampaigns(url, state, say);
  await printSentiment(url, state, say);
  await printReport(url, state, say);
}

async function printCustomers(url: string, state: DemoState, say: Say): Promise<void> {
  const [summary, segments] = await Promise.all([
    read<Summary>(url, state, 'customers/summary', {
      metrics: 'customers,new_customers,repeat_rate,revenue_per_customer',
    }),
    read<Breakdown>(url, state, 'customers/breakdown', {
      ...{ by: 'segment', metrics: 'customers', limit: String(SEGMENTS_SHOWN) },
    }),
  ]);
  const value = (metric: string) => summary.data[metric]?.value ?? null;
  const largest = segments.data.rows.map(({ label, customers }) => `${label} ${customers}`);
  say(
    `\nCustomers: ${value('customers')}, of them ${value('new_customers')} new; ` +
      `${percent(value('repeat_rate'))} ordered again; ` +
      `${value('revenue_per_customer')} ${summary.meta.currency} each. ${largest.join(', ')}.`,
  );
}

async function printCampaigns(url: string, state: DemoState, say: Say): Promise<void> {
  const { data, meta } = await read<Breakdown>(url, state, 'campaigns/breakdown', {
    ...{ by: 'campaign', metrics: CAMPAIGN_METRICS.join(','), limit: String(CAMPAIGNS_SHOWN) },
  });
  say(`\nCampaigns by spend in ${meta.currency}, credited to the last touch that was not direct:`);
  printTable(
    ['campaign', ...CAMPAIGN_METRICS],
    data.rows.map((row) => [
      row.label,
      ...CAMPAIGN_METRICS.map((metric) => String(row[metric] ?? '–')),
    ]),
    CAMPAIGN_METRICS.map((_, index) => index + 1),
  );
}

async function printSentiment(url: string, state: DemoState, say: Say): Promise<void> {
  const { data } = await read<Summary>(url, state, 'sentiment/summary', {
    metrics: 'feedback,mean_sentiment,positive_share,negative_share,mean_rating',
  });
  const value = (metric: string) => data[metric]?.value ?? null;
  say(
    `\nSentiment: ${value('feedback')} reviews, ${percent(value('positive_share'))} positive, ` +
      `${percent(value('negative_share'))} negative; mean ${value('mean_sentiment')} ` +
      `from −1 to 1, mean rating ${value('mean_rating')}.`,
  );
}

async function printReport(url: string, state: DemoState, say: Say): Promise<void> {
  const query = new URLSearchParams({ period: 'week', date: addDays(state.until, -7) });
  const { data } = await readPath<Report>(url, state, `reports/executive?${query}`);
  say(`\nExecutive report of the last whole week (${url}/api/v1/reports/executive?period=week):`);
  for (const sentence of data.explanation?.sentences ?? data.notes) say(`  ${sentence}`);
}

function read<Data>(
  url: string,
  state: DemoState,
  view: string,
  parameters: Record<string, string>,
): Promise<Answer<Data>> {
  const range = { from: addDays(state.until, 1 - state.days), to: addDays(state.until, 1) };
  const query = new URLSearchParams({ ...range, ...parameters });
  if (view.endsWith('/summary')) query.set('compare', 'none');
  return readPath<Data>(url, state, `${view}?${query}`);
}

async function readPath<Data>(url: string, state: DemoState, path: string): Promise<Answer<Data>> {
  const response = await fetch(`${url}/api/v1/${path}`, {
    headers: { authorization: `Bearer ${state.readKey}` },
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}.`);
  return (await response.json()) as Answer<Data>;
}

const percent = (rate: unknown) => (rate === null ? '–' : `${(Number(rate) * 100).toFixed(1)} %`);
