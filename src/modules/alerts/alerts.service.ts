/** What operators ask of alerts: which there are, that one is taken care of, whether word arrives. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import { CodedError } from '../../contracts/errors.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { Channels } from './channels.js';
import { ALERT_KINDS, type AlertKind, type Severity } from './kinds.js';
import { reasonOf } from './notifications.js';
import type { AlertEvent, Channel, ToldAlert } from './payloads.js';

const LIST_ALERTS = readFileSync(new URL('queries/list_alerts.sql', import.meta.url), 'utf8');

export const ALERT_STATES = ['open', 'resolved', 'all'] as const;
export type AlertState = (typeof ALERT_STATES)[number];

const MAX_LISTED = 200;

/** How far one notification of an alert has come. */
export interface AlertDelivery {
  channel: Channel;
  event: AlertEvent;
  attempts: number;
  delivered_at: string | null;
  /** Why the last attempt failed. */
  error: string | null;
}

/** An alert as it is shown. Instants are ISO 8601 in UTC. */
export interface AlertView {
  id: string;
  kind: AlertKind;
  subject: string;
  severity: Severity;
  summary: string;
  detail: string;
  remedy: string;
  dedup_key: string;
  opened_at: string;
  last_seen_at: string;
  resolved_at: string | null;
  acknowledged_by: string | null;
  acknowledged_at: string | null;
  deliveries: AlertDelivery[];
}

/** What became of a test notification on one channel. */
export interface ChannelTest {
  channel: Channel;
  delivered: boolean;
  error: string | null;
}

interface Row extends Omit<
  AlertView,
  'remedy' | 'opened_at' | 'last_seen_at' | 'resolved_at' | 'acknowledged_at'
> {
  opened_at: Date;
  last_seen_at: Date;
  resolved_at: Date | null;
  acknowledged_at: Date | null;
}

export class AlertsService {
  constructor(
    private readonly controlDb: DataSource,
    private readonly channels: Channels,
    private readonly clock: Clock,
  ) {}

  /** The newest two hundred, newest first. */
  async list(state: AlertState = 'open'): Promise<AlertView[]> {
    const rows = await this.controlDb.query<Row[]>(LIST_ALERTS, [null, state, MAX_LISTED]);
    return rows.map(view);
  }

  /** Throws `not_found`. */
  async find(id: string): Promise<AlertView> {
    const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
    const [row] = isUuid ? await this.controlDb.query<Row[]>(LIST_ALERTS, [id, 'all', 1]) : [];
    if (!row) throw new CodedError('not_found', 'No alert has this id.');
    return view(row);
  }

  /** Notes who takes care of it; who was first stays. Throws `not_found`, `wrong_state`. */
  async acknowledge(id: string, by: string): Promise<AlertView> {
    const { resolved_at: resolvedAt } = await this.find(id);
    if (resolvedAt) {
      throw new CodedError('wrong_state', 'The alert is over: there is nothing to acknowledge.');
    }
    await this.controlDb.query(
      `update alerts set acknowledged_by = $2, acknowledged_at = $3
       where id = $1 and acknowledged_at is null and resolved_at is null`,
      [id, by, this.clock.now()],
    );
    return this.find(id);
  }

  /** Tells every configured channel that this is a test, at once and without trying again. */
  async test(): Promise<ChannelTest[]> {
    const alert: ToldAlert = {
      id: randomUUID(),
      kind: 'test',
      subject: 'notifications',
      dedup_key: 'test:notifications',
      severity: 'warning',
      summary: 'A test of notifications',
      detail: 'Somebody asked for it; nothing is wrong.',
      opened_at: this.clock.now(),
      resolved_at: null,
    };
    return Promise.all(
      this.channels.names().map(async (channel) => {
        const error = await this.tryOut(channel, alert).then(() => null, reasonOf);
        return { channel, delivered: error === null, error };
      }),
    );
  }

  private async tryOut(channel: Channel, alert: ToldAlert): Promise<void> {
    await this.channels.tell(channel, alert, 'opened');
    // A test must not leave an incident behind.
    if (channel === 'pagerduty') await this.channels.tell(channel, alert, 'resolved');
  }
}

function view(row: Row): AlertView {
  return {
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    severity: row.severity,
    summary: row.summary,
    detail: row.detail,
    remedy: ALERT_KINDS[row.kind]?.remedy ?? '',
    dedup_key: row.dedup_key,
    opened_at: row.opened_at.toISOString(),
    last_seen_at: row.last_seen_at.toISOString(),
    resolved_at: row.resolved_at?.toISOString() ?? null,
    acknowledged_by: row.acknowledged_by,
    acknowledged_at: row.acknowledged_at?.toISOString() ?? null,
    deliveries: row.deliveries,
  };
}
