/**
 * Opens and resolves alerts by what is wrong now, and plans who is told: one transaction under one
 * lock, so that services which look at the same time open an alert once.
 */
import { readFileSync } from 'node:fs';
import type { DataSource, EntityManager } from 'typeorm';
import { ADVISORY_LOCKS } from '../../platform/control-db/control-db.js';
import type { KnownState } from './conditions.js';
import { evaluate, unknownKinds } from './conditions.js';
import { ALERT_KINDS, dedupKeyOf, type Alert, type AlertKind } from './kinds.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const OPEN_ALERTS = sql('open_alerts');
const RESOLVE_ALERTS = sql('resolve_alerts');
const PLAN_DELIVERIES = sql('plan_deliveries');
const BEGIN_EVALUATION = sql('begin_evaluation');
const FORGET_ALERTS = sql('forget_alerts');

/** A condition that comes and goes is one alert: it is over when absent twice in a row. */
const ABSENCES_TO_RESOLVE = 2;
const MAX_CHARACTERS = 500;
/** Alerts that ended are kept this long. */
const KEPT = '180 days';

export interface Changed {
  id: string;
  kind: AlertKind;
  subject: string;
}

export interface Changes {
  opened: Changed[];
  resolved: Changed[];
}

export class AlertBook {
  constructor(private readonly controlDb: DataSource) {}

  /**
   * Takes in what `read` finds. Answers null without reading if somebody does so now, or did less
   * than `everyMs` ago.
   */
  async update(
    read: (now: Date) => Promise<KnownState>,
    options: { now: Date; channels: readonly string[]; everyMs: number },
  ): Promise<Changes | null> {
    const { now, channels, everyMs } = options;
    return this.controlDb.transaction(async (manager) => {
      const [lock] = await manager.query<{ is_mine: boolean }[]>(
        'select pg_try_advisory_xact_lock($1) as is_mine',
        [ADVISORY_LOCKS.alerts],
      );
      if (!lock!.is_mine) return null;
      const begun = await manager.query<object[]>(BEGIN_EVALUATION, [
        now,
        `${everyMs} milliseconds`,
      ]);
      if (begun.length === 0) return null;
      // Read under the lock: what somebody else read earlier must not be written later.
      const state = await read(now);
      const changes = await write(manager, evaluate(state), unknownKinds(state), now);
      const idsOf = (changed: Changed[]) => changed.map(({ id }) => id);
      const { opened, resolved } = changes;
      await manager.query(PLAN_DELIVERIES, [idsOf(opened), idsOf(resolved), now, channels]);
      await manager.query(FORGET_ALERTS, [now, KEPT]);
      return changes;
    });
  }

  /** How many are open, of every kind. */
  async openByKind(): Promise<Map<AlertKind, number>> {
    const rows = await this.controlDb.query<{ kind: AlertKind; alerts: number }[]>(
      `select kind, count(*)::integer as alerts from alerts where resolved_at is null group by kind`,
    );
    const counted = new Map(rows.map(({ kind, alerts }) => [kind, alerts]));
    const kinds = Object.keys(ALERT_KINDS) as AlertKind[];
    return new Map(kinds.map((kind) => [kind, counted.get(kind) ?? 0]));
  }
}

async function write(
  manager: EntityManager,
  alerts: readonly Alert[],
  unknown: readonly AlertKind[],
  now: Date,
): Promise<Changes> {
  const rows = alerts.map((alert) => ({
    ...alert,
    dedup_key: dedupKeyOf(alert),
    severity: ALERT_KINDS[alert.kind].severity,
    summary: alert.summary.slice(0, MAX_CHARACTERS),
    detail: alert.detail.slice(0, MAX_CHARACTERS),
  }));
  const seen = await manager.query<(Changed & { is_new: boolean })[]>(OPEN_ALERTS, [
    JSON.stringify(rows),
    now,
  ]);
  const [absent] = await manager.query<[(Changed & { is_resolved: boolean })[], number]>(
    RESOLVE_ALERTS,
    [rows.map((row) => row.dedup_key), unknown, now, ABSENCES_TO_RESOLVE],
  );
  return {
    opened: seen.filter(({ is_new: isNew }) => isNew),
    resolved: absent.filter(({ is_resolved: isResolved }) => isResolved),
  };
}
