/**
 * One leader at a time: a PostgreSQL advisory lock on a connection of its own, and an epoch that
 * rises with each leadership. A publish confirms the epoch before and after its swap; who cannot
 * confirm stops. The lock expires when its holder falls silent, also one that is only paused.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { ADVISORY_LOCKS, type ControlDb } from '../../platform/control-db/control-db.js';

/** Who gets no answer within this time leads no longer. */
const QUERY_TIMEOUT_MS = 5_000;

/** How often a leader is heard. A long statement on the warehouse does not hold this up. */
export const HEARTBEAT_MS = 3_000;

/** PostgreSQL ends the connection of a leader that was silent for so long, and with it the lock. */
export const EXPIRY_MS = 15_000;

export class LostLeadership extends Error {
  constructor() {
    super('Another service leads the pipeline now; this run stops.');
    this.name = 'LostLeadership';
  }
}

export class Leadership {
  private isLost = false;
  private readonly heartbeat: NodeJS.Timeout;

  private constructor(
    private readonly client: pg.Client,
    readonly epoch: number,
    heartbeatMs: number,
    private readonly expiryMs: number,
    /** When a query was sent last that was answered: PostgreSQL heard of us after that. */
    private heardAt: number,
  ) {
    client.once('end', () => (this.isLost = true));
    client.once('error', () => (this.isLost = true));
    this.heartbeat = setInterval(() => void this.beat(), heartbeatMs);
    this.heartbeat.unref();
  }

  /** Leads if nobody else does, else answers null. */
  static async tryAcquire(
    controlDb: ControlDb,
    instance: string,
    { heartbeatMs = HEARTBEAT_MS, expiryMs = EXPIRY_MS } = {},
  ): Promise<Leadership | null> {
    const client = await controlDb.connectDirectly(QUERY_TIMEOUT_MS);
    try {
      // Before the lock is taken, so that nobody holds one that does not expire.
      await client.query(`select set_config('idle_session_timeout', $1, false)`, [`${expiryMs}ms`]);
      const lock = await client.query<{ acquired: boolean }>(
        'select pg_try_advisory_lock($1) as acquired',
        [ADVISORY_LOCKS.pipelineLeader],
      );
      if (!lock.rows[0]!.acquired) {
        await client.end();
        return null;
      }
      const askedAt = performance.now();
      const epoch = await client.query<{ id: string }>(
        'insert into leader_epochs (instance, acquired_at) values ($1, now()) returning id',
        [instance],
      );
      return new Leadership(client, Number(epoch.rows[0]!.id), heartbeatMs, expiryMs, askedAt);
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
    if (!this.isHeld) throw new LostLeadership();
    const askedAt = performance.now();
    try {
      const newest = await this.client.query<{ id: string }>(
        'select max(id) as id from leader_epochs',
      );
      if (Number(newest.rows[0]!.id) === this.epoch) {
        this.heardAt = askedAt;
        return;
      }
    } catch {
      this.isLost = true;
    }
    throw new LostLeadership();
  }

  /**
   * Whether this still leads, as far as it knows without asking. One that was paused for longer
   * than its lock lives knows by its own clock, before it has heard anything.
   */
  get isHeld(): boolean {
    return !this.isLost && performance.now() - this.heardAt < this.expiryMs;
  }

  /** For what must not be begun by one who was paused past its lock. Asks nobody. */
  assertHeld(): void {
    if (!this.isHeld) throw new LostLeadership();
  }

  /**
   * Gives the lock back and closes its connection. Asked first, a silent network leaves a query
   * without an answer, and the connection is then cut instead of waiting for a goodbye.
   */
  async release(): Promise<void> {
    clearInterval(this.heartbeat);
    const wasHeld = this.isHeld;
    this.isLost = true;
    const unlock = 'select pg_advisory_unlock_all()';
    if (wasHeld) await this.client.query(unlock).catch(() => undefined);
    const goodbye = this.client.end().catch(() => undefined);
    await Promise.race([goodbye, pause(QUERY_TIMEOUT_MS, undefined, { ref: false })]);
  }

  /** Who finds that it leads no longer closes its connection, so that it may lead again. */
  private async beat(): Promise<void> {
    await this.confirm().catch(() => this.release());
  }
}
