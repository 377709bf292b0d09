/** The metric contract: what every answer says about its numbers. */

export type Unit = 'money' | 'count' | 'quantity' | 'ratio' | 'seconds';
export type Completeness = 'complete' | 'partial' | 'provisional' | 'unreconciled';

/** Money is a decimal string, everything else a number; null where the metric is undefined. */
export type MetricValue = string | number | null;

export interface AnswerMeta {
  /** All acknowledged before this instant is in the answer; null before the first run. */
  asOf: string | null;
  /** Instants in UTC; `from` is inclusive, `to` exclusive. */
  range: { from: string; to: string };
  timezone: string;
  currency: string;
  /** By metric id. */
  definitionVersion: Record<string, number>;
  /** By metric id, in words. */
  formula: Record<string, string>;
  completeness: Completeness;
  /** Ids of the metrics that are estimates. */
  approximate: string[];
  /** Models behind the answer that failed a check and serve their last good version. */
  held: string[];
  servedFrom: 'cache' | 'gold';
}

export interface Answer<Data> {
  data: Data;
  meta: AnswerMeta;
}

export interface SummaryValue {
  value: MetricValue;
  unit: Unit;
  previous: MetricValue;
  /** (value − previous) / previous; null where previous is null or 0. */
  change: number | null;
}

export type Summary = Record<string, SummaryValue>;

/** `at` is the start of the bucket; the other members are metric ids. */
export interface Series {
  points: ({ at: string } & Record<string, MetricValue>)[];
}

export interface Breakdown {
  rows: ({ key: string; label: string } & Record<string, MetricValue>)[];
  /** Give it back as `cursor` for the next rows; null at the end. */
  cursor: string | null;
}
