/** What can be wrong: every kind of alert with its gravity, its meaning and what to do, as values. */

export const SEVERITIES = ['critical', 'error', 'warning'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface AlertKindDefinition {
  severity: Severity;
  description: string;
  remedy: string;
}

export const ALERT_KINDS = {
  model_failed: {
    severity: 'error',
    description: 'A model could not be made; its last good version keeps serving.',
    remedy: 'Read the reason and the log, mend the cause, then `cartograph run MODEL`.',
  },
  model_held: {
    severity: 'error',
    description: 'A model failed a check of severity error; its last good version keeps serving.',
    remedy: 'Look at the failing rows, mend the source or the check, then `cartograph run MODEL`.',
  },
  model_stale: {
    severity: 'warning',
    description:
      'A model is older than its schedule allows, and nothing that it reads explains it.',
    remedy:
      'See `cartograph status` and whether a service leads the pipeline, then run its schedule.',
  },
  run_failed: {
    severity: 'error',
    description: 'A run stopped with an error, and what it was to make is still not made.',
    remedy: 'Read its error in `/api/v1/pipelines/runs`, mend the cause, then run it again.',
  },
  ingestion_silent: {
    severity: 'critical',
    description: 'No event was stored for INGESTION_SILENCE_MINUTES, though events came before.',
    remedy:
      'Check the storefront, its write key (`cartograph tracking`) and the way to the service.',
  },
  source_stale: {
    severity: 'error',
    description: 'The shop database is connected and was not read for a quarter of an hour.',
    remedy: 'Run `cartograph extract`: it says why the database is not read.',
  },
  quality_below_target: {
    severity: 'warning',
    description: 'The newest score of a table is below 95% completeness or 99% accuracy.',
    remedy: 'Look at the quarantined rows and empty cells of the table, and mend their source.',
  },
  report_undelivered: {
    severity: 'warning',
    description: 'A report of the last seven days was refused three times or more by a receiver.',
    remedy: 'Read the error in `/api/v1/reports/archive` and mend the receiver; it is tried again.',
  },
} as const satisfies Record<string, AlertKindDefinition>;

export type AlertKind = keyof typeof ALERT_KINDS;

/** Something that is wrong now. */
export interface Alert {
  kind: AlertKind;
  /** What it is about: a model, a schedule, a source, a channel. */
  subject: string;
  summary: string;
  detail: string;
}

export const dedupKeyOf = ({ kind, subject }: Pick<Alert, 'kind' | 'subject'>): string =>
  `${kind}:${subject}`;
