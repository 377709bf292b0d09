/**
 * Which versions of which partitions are published, for readers: kept in memory and at most 1 s
 * behind the control database. What this process writes is seen by its next read; what another one
 * writes is seen at its announcement, or when the last look is 1 s old. Nothing is opened or read
 * before the first look.
 */
import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import type { Announcements } from '../../platform/cache/announcements.js';
import type { ChangeNotice } from './change-notice.js';
import { Versions, type Reading } from './versions.js';

export const MAX_AGE_MS = 1_000;

/** From this age on a read asks for the next look and does not wait for it. */
const AHEAD_AGE_MS = 500;

const VERSIONS = readFileSync(new URL('queries/versions.sql', import.meta.url), 'utf8');

/** One look at the control database, from its start. */
interface Look {
  ordinal: number;
  /** What this process knew to have changed. */
  generation: number;
  startedAt: number;
}

export class VersionBoard {
  private versions = new Versions();
  private last: Look = { ordinal: 0, generation: -1, startedAt: -Infinity };
  private looks = 0;
  private generation = 0;
  private looking: Promise<void> | null = null;
  private isSubscribed = false;

  constructor(
    private readonly dataSource: Pick<DataSource, 'query'>,
    private readonly announcements: Announcements,
    /** A clock that is never set back, in milliseconds. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** What is written there is seen by the next look here, and announced to other processes. */
  follow(...notices: ChangeNotice[]): void {
    for (const notice of notices) {
      notice.subscribe(() => {
        this.generation += 1;
        this.announcements.announce();
      });
    }
  }

  /** The versions, at most {@link MAX_AGE_MS} old. */
  async look(): Promise<Versions> {
    this.subscribe();
    const { generation } = this;
    const oldest = this.now() - MAX_AGE_MS;
    await this.lookUntil((look) => look.generation >= generation && look.startedAt > oldest);
    if (this.now() - this.last.startedAt >= AHEAD_AGE_MS) {
      // Whoever needs it newer looks again, and is told the failure.
      void this.lookOnce().catch(() => undefined);
    }
    return this.versions;
  }

  /** The versions as of now: read after this was called. */
  async lookAgain(): Promise<Versions> {
    this.subscribe();
    const { looks } = this;
    await this.lookUntil((look) => look.ordinal > looks);
    return this.versions;
  }

  /** A look under way may have begun too early; then the one after it is awaited, by all alike. */
  private async lookUntil(isEnough: (look: Look) => boolean): Promise<void> {
    while (!isEnough(this.last)) await this.lookOnce();
  }

  private lookOnce(): Promise<void> {
    this.looking ??= this.read().finally(() => (this.looking = null));
    return this.looking;
  }

  private async read(): Promise<void> {
    this.looks += 1;
    const look = { ordinal: this.looks, generation: this.generation, startedAt: this.now() };
    const { newest, open } = this.versions;
    if (!this.versions.apply(await this.query(newest, open))) {
      const anew = new Versions();
      anew.apply(await this.query(0, []));
      this.versions = anew;
    }
    this.last = look;
  }

  private async query(newest: number, open: number[]): Promise<Reading> {
    const rows = await this.dataSource.query<Reading[]>(VERSIONS, [newest, open]);
    return rows[0]!;
  }

  private subscribe(): void {
    if (this.isSubscribed) return;
    this.isSubscribed = true;
    this.announcements.subscribe(() => (this.generation += 1));
  }
}
