/**
 * One leader at a time: a PostgreSQL advisory lock on a connection of its own, and an epoch that
 * rises with each leadership. A publish confirms the epoch before and after its swap; who cannot
 * confirm stops.
 */
import type pg from 'pg';
import { ADVISORY_LOCKS, type ControlDb } from '../../platform/control-db/control-db.js';

/** Who gets no answer within this time leads no longer. */
const QUERY_TIMEOUT_MS = 5_000;

export class LostLeadership extends Error {
  constructor() {
    super('Another service leads the pipeline now; this run stops.');
    this.name = 'LostLeadership';
  }
}

export class Leadership {
  private isLost = false;

  private constructor(
    private readonly client: pg.Client,
    readonly epoch: number,
  ) {
    client.once('end', () => (this.isLost = true));
    client.once('error', () => (this.isLost = true));
  }

  /** Leads if nobody else does, else answers null. */
  static async tryAcquire(controlDb: ControlDb, instance: string): Promise<Leadership | null> {
    const client = await controlDb.connectDirectly(QUERY_TIMEOUT_MS);
    try {
      const lock = await client.query<{ acquired: boolean }>(
        'select pg_try_advisory_lock($1) as acquired',
        [ADVISORY_LOCKS.pipelineLeader],
      );
      if (!lock.rows[0]!.acquired) {
        await client.end();
        return null;
      }
      const epoch = await client.query<{ id: string }>(
        'insert into leader_epochs (instance, acquired_at) values ($1, now()) returning id',
        [instance],
      );
      return new Leadership(client, Number(epoch.rows[0]!.id));
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  /**
   * Throws {@link LostLeadership} unless this is still the newest epoch and holds the lock. Over a
   * network that has gone silent it throws as well, when the time for an answer is over.
   */
  async confirm(): Promise<void> {
    if (this.isLost) throw new LostLeadership();
    try {
      const newest = await this.client.query<{ id: string }>(
        'select max(id) as id from leader_epochs',
      );
      if (Number(newest.rows[0]!.id) === this.epoch) return;
    } catch {
      this.isLost = true;
    }
    throw new LostLeadership();
  }

  get isHeld(): boolean {
    return !this.isLost;
  }

  /**
   * Gives the lock back and closes its connection. Asked first, a silent network leaves a query
   * without an answer, and the connection is then cut instead of waiting for a goodbye.
   */
  async release(): Promise<void> {
    const wasHeld = this.isHeld;
    this.isLost = true;
    const unlock = 'select pg_advisory_unlock_all()';
    if (wasHeld) await this.client.query(unlock).catch(() => undefined);
    await this.client.end().catch(() => undefined);
  }
}
