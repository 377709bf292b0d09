/** What a notification says, in the form of each channel. Pure; the documentation shows each. */
import { slackText } from '../../platform/outbound/slack.js';
import { ALERT_KINDS, type AlertKind, type Severity } from './kinds.js';

export const CHANNELS = ['webhook', 'slack', 'pagerduty'] as const;
export type Channel = (typeof CHANNELS)[number];

export type AlertEvent = 'opened' | 'resolved';

/** What is told of an alert. */
export interface ToldAlert {
  id: string;
  kind: AlertKind | 'test';
  subject: string;
  dedup_key: string;
  severity: Severity;
  summary: string;
  detail: string;
  opened_at: Date;
  resolved_at: Date | null;
}

/** Slack takes 3,000 characters a text, PagerDuty 1,024 a summary. */
const MAX_CHARACTERS = 1_000;

/** The same for every attempt, so that a receiver knows what it was sent before. */
export const deliveryId = ({ id }: ToldAlert, event: AlertEvent) => `${id}:${event}`;

const remedyOf = ({ kind }: ToldAlert) => (kind === 'test' ? '' : ALERT_KINDS[kind].remedy);

export function webhookBody(alert: ToldAlert, event: AlertEvent): object {
  const { id, kind, subject, dedup_key, severity, summary, detail } = alert;
  return {
    type: kind === 'test' ? 'alert.test' : `alert.${event}`,
    id: deliveryId(alert, event),
    alert: {
      ...{ id, kind, subject, dedup_key, severity, summary, detail },
      remedy: remedyOf(alert),
      opened_at: alert.opened_at.toISOString(),
      resolved_at: alert.resolved_at?.toISOString() ?? null,
    },
  };
}

export function slackBody(alert: ToldAlert, event: AlertEvent): object {
  const state = event === 'opened' ? alert.severity.toUpperCase() : 'RESOLVED';
  const title = `[${state}] ${alert.summary}`;
  const text = event === 'opened' ? `${alert.detail}\n${remedyOf(alert)}`.trim() : alert.detail;
  const times = [
    `${alert.kind} since ${alert.opened_at.toISOString()}`,
    ...(alert.resolved_at ? [`until ${alert.resolved_at.toISOString()}`] : []),
  ];
  const mrkdwn = (words: string) => ({ type: 'mrkdwn', text: slackText(words, MAX_CHARACTERS) });
  return {
    text: slackText(title, MAX_CHARACTERS),
    blocks: [
      { type: 'section', text: mrkdwn(`*${title}*\n${text}`) },
      { type: 'context', elements: [mrkdwn(times.join(', '))] },
    ],
  };
}

/** The same `dedup_key` triggers and resolves; another opening is another incident. */
export function pagerdutyBody(alert: ToldAlert, event: AlertEvent, routingKey: string): object {
  const head = {
    routing_key: routingKey,
    event_action: event === 'opened' ? 'trigger' : 'resolve',
    dedup_key: `${alert.dedup_key}:${alert.id}`,
  };
  if (event === 'resolved') return head;
  return {
    ...head,
    client: 'Cartograph',
    payload: {
      summary: alert.summary.slice(0, MAX_CHARACTERS),
      source: 'cartograph',
      severity: alert.severity,
      timestamp: alert.opened_at.toISOString(),
      component: alert.subject,
      class: alert.kind,
      custom_details: { detail: alert.detail, remedy: remedyOf(alert) },
    },
  };
}
