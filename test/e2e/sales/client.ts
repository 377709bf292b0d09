/** Asks the same question by REST and by GraphQL. */
import type {
  AnswerMeta,
  Breakdown,
  MetricValue,
  Series,
  SummaryValue,
} from '../../../src/contracts/metric-contract.js';
import type { TestService } from '../../support/service.js';

export interface Reply<Data> {
  data: Data;
  meta: AnswerMeta;
}
export type Parameters = Record<string, string | number>;
export type SummaryReply = Reply<Record<string, SummaryValue>>;
export type SeriesReply = Reply<Series>;
export type BreakdownReply = Reply<Breakdown>;

export async function ask<T>(
  service: TestService,
  key: string,
  view: string,
  parameters: Parameters,
): Promise<T> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) query.set(name, String(value));
  const response = await service.get(`/api/v1/sales/${view}?${query}`, key);
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text) as T;
}

export interface GraphqlReply {
  data?: Record<string, unknown> | null;
  errors?: { message: string; extensions: { code: string; status: number } }[];
}

export async function postGraphql(
  service: TestService,
  key: string | null,
  query: string,
): Promise<{ status: number; text: string; body: GraphqlReply }> {
  const response = await fetch(`${service.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key ? { authorization: `Bearer ${key}` } : {}),
    },
    body: JSON.stringify({ query }),
  });
  const text = await response.text();
  return { status: response.status, text, body: JSON.parse(text) as GraphqlReply };
}

const META = `meta { asOf range { from to } timezone currency completeness approximate held
  servedFrom definitions { metric version formula } }`;
const SELECTIONS = {
  salesSummary: `data { metric value unit previous change } ${META}`,
  salesSeries: `points { at values { metric value } } ${META}`,
  salesBreakdown: `rows { key label values { metric value } } cursor ${META}`,
  salesTopProducts: `rows { key label values { metric value } } cursor ${META}`,
  salesTopCustomers: `rows { key label values { metric value } } cursor ${META}`,
};

type GraphqlValue = { metric: string; value: MetricValue };
export interface GraphqlAnswer {
  data?: (GraphqlValue & Omit<SummaryValue, 'value'>)[];
  points?: { at: string; values: GraphqlValue[] }[];
  rows?: { key: string; label: string; values: GraphqlValue[] }[];
  cursor?: string | null;
  meta: Record<string, unknown> & {
    definitions: { metric: string; version: number; formula: string }[];
  };
}

/** `args` is written as GraphQL, e.g. `from: "2026-01-01", metrics: [ORDERS]`. */
export async function askGraphql(
  service: TestService,
  key: string,
  field: keyof typeof SELECTIONS,
  args: string,
): Promise<GraphqlAnswer> {
  const query = `{ ${field}(${args}) { ${SELECTIONS[field]} } }`;
  const { body, text } = await postGraphql(service, key, query);
  if (body.errors || !body.data) throw new Error(text);
  return body.data[field] as GraphqlAnswer;
}

/** GraphQL's list of values as REST's object. */
export function byMetric(values: GraphqlValue[]): Record<string, MetricValue> {
  return Object.fromEntries(values.map(({ metric, value }) => [metric.toLowerCase(), value]));
}

export const enumList = (ids: readonly string[]) => `[${ids.join(', ').toUpperCase()}]`;
