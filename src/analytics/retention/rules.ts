/**
 * What is kept for how long, as a list that a reader can go through. Months are whole: a month goes
 * when its last day is older than the rule says.
 */
import { DateTime } from 'luxon';
import type { Model } from '../compiler/model.js';

export type RuleId = 'aggregates' | 'facts' | 'raw' | 'rejected' | 'quarantined' | 'records';

export interface RetentionRule {
  id: RuleId;
  description: string;
  /** Null: for ever. */
  keep_months: number | null;
}

export interface RetentionConfig {
  rawRetentionMonths: number;
  factRetentionMonths: number;
}

/** What explains a run or a rejection is asked for within a year, and compared with the year before. */
const RECORD_MONTHS = 13;

/** Seven years, as books are kept. */
export const FACT_MONTHS = 84;

/** By rule, the tables that no model makes. */
export const SOURCE_TABLES: readonly { table: string; rule: RuleId; time: string }[] = [
  { table: 'bronze.events', rule: 'raw', time: '_loaded_at' },
  { table: 'bronze.records', rule: 'raw', time: '_loaded_at' },
  { table: 'bronze.rejected_events', rule: 'rejected', time: '_loaded_at' },
  { table: 'operations.quarantined_rows', rule: 'quarantined', time: '_loaded_at' },
  { table: 'operations.failing_rows', rule: 'quarantined', time: '_loaded_at' },
];

/** Rows of the control database by the column that says when they were made. */
export const CONTROL_TABLES: readonly {
  table: string;
  time: string;
  /** Rows that stay however old they are. */
  unless?: string;
  /** A rule of its own, where 13 months are too few. */
  months?: number;
}[] = [
  { table: 'pipeline_runs', time: 'started_at', unless: `status = 'running'` },
  { table: 'quality_results', time: 'checked_at' },
  { table: 'quality_scores', time: 'scored_at' },
  { table: 'quality_reports', time: 'started_at', unless: `status = 'running'` },
  { table: 'loads', time: 'finished_at', unless: `status in ('uploading', 'queued', 'running')` },
  {
    table: 'leader_epochs',
    time: 'acquired_at',
    unless: 'id = (select max(id) from leader_epochs)',
  },
  // Who saw personal data is asked for as long as the facts stand.
  { table: 'audit_log', time: 'happened_at', months: FACT_MONTHS },
];

export function retentionRules(config: RetentionConfig): RetentionRule[] {
  const months = (configured: number) => (configured === 0 ? null : configured);
  const facts = months(config.factRetentionMonths);
  return [
    {
      id: 'aggregates',
      description: 'Sums that answers are made of: FACT_RETENTION_MONTHS.',
      keep_months: facts,
    },
    {
      id: 'facts',
      description:
        'Rows that sums are made of: a month longer, since the first days that are kept read ' +
        'what came before them.',
      keep_months: facts === null ? null : facts + 1,
    },
    {
      id: 'raw',
      description: 'Events and records as received, by when they were: RAW_RETENTION_MONTHS.',
      keep_months: months(config.rawRetentionMonths),
    },
    {
      id: 'rejected',
      description: 'Events that broke their contract.',
      keep_months: RECORD_MONTHS,
    },
    {
      id: 'quarantined',
      description: 'Rows that failed a check.',
      keep_months: RECORD_MONTHS,
    },
    {
      id: 'records',
      description: 'Runs, loads and results of checks; who saw personal data, seven years.',
      keep_months: RECORD_MONTHS,
    },
  ];
}

/** Which rule a model's table falls under; one without days of its own is not touched. */
export function ruleOf(model: Model): RuleId | null {
  if (!model.time_column || !model.partition_by || model.partition_by === 'none') return null;
  if (model.kind === 'partition') return 'aggregates';
  return model.kind === 'append' || model.kind === 'upsert' ? 'facts' : null;
}

/** The first day that is kept, a month's first; null if nothing ever goes. */
export function keptFrom(keepMonths: number | null, now: Date): string | null {
  if (keepMonths === null) return null;
  const month = DateTime.fromJSDate(now, { zone: 'utc' }).startOf('month');
  return month.minus({ months: keepMonths }).toISODate();
}
