/** Asks about behaviour, and about sales beside it, by REST, CSV and GraphQL. */
import { parse } from 'csv-parse/sync';
import type {
  AnswerMeta,
  Breakdown,
  MetricValue,
  Series,
  Summary,
} from '../../../src/contracts/metric-contract.js';
import { byMetric, enumList, postGraphql } from '../sales/client.js';
import { RANGE, type Shop } from './shop.js';

export interface Reply<Data> {
  data: Data;
  meta: AnswerMeta;
}
export type Parameters = Record<string, string | number>;
export type Values = Record<string, MetricValue>;

export interface ReachedStep extends Values {
  step: number;
  visitors: number;
}
export type FunnelReply = Reply<{ rows: { key: string; label: string; steps: ReachedStep[] }[] }>;
export type PathsReply = Reply<{ rows: { pages: string[]; sessions: number; share: number }[] }>;
export type NextPagesReply = Reply<{ rows: { key: string; views: number; share: number }[] }>;
export interface Cohort {
  key: string;
  size: number;
  periods: {
    period: number;
    members: number;
    rate: number;
    cumulative_revenue_per_member: string | null;
  }[];
}
export type RetentionReply = Reply<{ rows: Cohort[] }>;

const queryOf = (parameters: Parameters) =>
  new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
  );

/** `view` as in `behaviour/summary`; the range is the shop's unless given. */
export async function rest<T>(shop: Shop, view: string, parameters: Parameters = {}): Promise<T> {
  const query = queryOf({ ...RANGE, ...parameters });
  const response = await shop.get(`/api/v1/${view}?${query}`, shop.readKey);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text) as T;
}

export async function summaryOf(shop: Shop, parameters: Parameters, department = 'behaviour') {
  const { data } = await rest<Reply<Summary>>(shop, `${department}/summary`, parameters);
  return Object.fromEntries(Object.entries(data).map(([id, { value }]) => [id, value]));
}

export async function pointsOf(shop: Shop, parameters: Parameters): Promise<Values[]> {
  const { data } = await rest<Reply<Series>>(shop, 'behaviour/series', parameters);
  return data.points as unknown as Values[];
}

export async function rowsOf(
  shop: Shop,
  parameters: Parameters,
  department = 'behaviour',
): Promise<Values[]> {
  const given = { limit: 1000, ...parameters };
  const { data } = await rest<Reply<Breakdown>>(shop, `${department}/breakdown`, given);
  return data.rows as unknown as Values[];
}

/** One metric by key. */
export async function byKey(shop: Shop, metric: string, by: string, parameters: Parameters = {}) {
  const rows = await rowsOf(shop, { by, metrics: metric, ...parameters });
  return Object.fromEntries(rows.map((row) => [row['key'], row[metric]]));
}

/** The rows of a view as CSV. */
export async function csv(shop: Shop, view: string, parameters: Parameters) {
  const query = queryOf({ ...RANGE, ...parameters, format: 'csv' });
  const response = await shop.get(`/api/v1/${view}?${query}`, shop.readKey);
  expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  return parse(await response.text(), { columns: true, record_delimiter: '\r\n' }) as Record<
    string,
    string
  >[];
}

/** What a field answers; `args` without the range, `selection` in braces. */
export async function graphql<T>(
  shop: Shop,
  field: string,
  args: string,
  selection: string,
  { from, to } = RANGE,
) {
  const range = `from: "${from}", to: "${to}"`;
  const query = `{ ${field}(${range}, ${args}) ${selection} }`;
  const { body, text } = await postGraphql(shop, shop.readKey, query);
  if (body.errors || !body.data) throw new Error(text);
  return body.data[field] as T;
}

export async function graphqlSummary(shop: Shop, metrics: readonly string[], args = '') {
  const asked = `metrics: ${enumList(metrics)} ${args}`;
  const selection = '{ data { metric value } }';
  type Answer = { data: { metric: string; value: MetricValue }[] };
  return byMetric((await graphql<Answer>(shop, 'behaviourSummary', asked, selection)).data);
}

export const sum = (values: readonly (MetricValue | undefined)[]) =>
  values.reduce<number>((total, value) => total + Number(value ?? 0), 0);
