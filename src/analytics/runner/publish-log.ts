/**
 * The publish log: the newest version of each partition (a UTC day, or `all`) of each model. A
 * publish writes `publishing` before its swap and `published` after it; what a crash leaves open
 * is given a new version, so that everything downstream looks again.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from '../../platform/clock/clock.js';
import { In, MoreThan, type DataSource } from 'typeorm';
import {
  ConsumedVersion,
  PublishLogEntry,
} from '../../platform/control-db/entities/pipeline.entities.js';
import { ChangeNotice } from './change-notice.js';
import { Fence, NOT_FOLLOWED } from './fence.js';
import { LostLeadership } from './leader.js';

const read = (name: string) =>
  readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');

const MARK_PARTITIONS = read('mark_partitions');
const SAVE_CONSUMED = read('save_consumed');
const PUBLISHED_DAYS = read('published_days');

export interface Publication {
  model: string;
  partitions: string[];
  runId: string;
  epoch: number;
}

/** What upstream published since a model last looked. */
export interface Changes {
  partitions: string[];
  /** The newest version seen, by upstream model. */
  versions: Map<string, string>;
}

export class PublishLog {
  /** Told of every mark before its writer goes on: of `publishing` before the swap. */
  readonly changed = new ChangeNotice();

  /** By model: how many publishes this process has begun. */
  private readonly begun = new Map<string, number>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly fence = new Fence(),
  ) {}

  /** Announces a publish and answers with its version. */
  async begin(publication: Publication): Promise<string> {
    const version = await this.nextVersion();
    await this.write(publication, version, 'publishing');
    this.begun.set(publication.model, this.publishesOf(publication.model) + 1);
    return version;
  }

  /** How many publishes of the model this process has begun. */
  publishesOf(model: string): number {
    return this.begun.get(model) ?? 0;
  }

  async commit(publication: Publication, version: string): Promise<void> {
    await this.write(publication, version, 'published');
  }

  /** Closes what a dead leader, or a failed publish of one model, left open, under new versions. */
  async recover(ofModel?: string): Promise<number> {
    const open = await this.entries.findBy({
      status: 'publishing',
      ...(ofModel === undefined ? {} : { model: ofModel }),
    });
    for (const { model, partition } of open) {
      const version = await this.nextVersion();
      const close = this.entries
        .createQueryBuilder()
        .update()
        .set({ version, status: 'published' })
        .where({ model, partition, status: 'publishing' })
        .andWhere(NOT_FOLLOWED, { epoch: this.fence.epoch });
      await this.changed.after(() => close.execute());
    }
    return open.length;
  }

  /** Partitions of `upstream` models that were published since `model` last consumed them. */
  async changesFor(model: string, upstream: readonly string[]): Promise<Changes> {
    const consumed = await this.consumed.findBy({ model, upstream: In([...upstream]) });
    const partitions = new Set<string>();
    const versions = new Map<string, string>();
    for (const name of upstream) {
      const since = consumed.find((entry) => entry.upstream === name)?.version ?? '0';
      const entries = await this.entries.findBy({ model: name, version: MoreThan(since) });
      for (const { partition } of entries) partitions.add(partition);
      const newest = entries.map(({ version }) => BigInt(version)).reduce(larger, BigInt(since));
      versions.set(name, newest.toString());
    }
    return { partitions: [...partitions].sort(), versions };
  }

  /** The days of a range, `to` exclusive, of which anything was ever published, in order. */
  async daysOf(from: string, to: string): Promise<string[]> {
    const days = await this.dataSource.query<{ day: string }[]>(PUBLISHED_DAYS, [from, to]);
    return days.map(({ day }) => day);
  }

  /** Throws {@link LostLeadership} if another leader followed. */
  async saveConsumed(model: string, versions: ReadonlyMap<string, string>): Promise<void> {
    if (versions.size === 0) return;
    const values = [model, [...versions.keys()], [...versions.values()], this.fence.epoch];
    const saved = await this.dataSource.query<unknown[]>(SAVE_CONSUMED, values);
    if (saved.length === 0) throw new LostLeadership();
  }

  /** Forgets a model whose tables are made anew. */
  async forget(model: string): Promise<void> {
    const { epoch } = this.fence;
    for (const repository of [this.entries, this.consumed]) {
      const deletion = repository.createQueryBuilder().delete().where({ model });
      await this.changed.after(() => deletion.andWhere(NOT_FOLLOWED, { epoch }).execute());
    }
  }

  private async nextVersion(): Promise<string> {
    const rows = await this.dataSource.query<{ version: string }[]>(
      `select nextval('publish_versions') as version`,
    );
    return rows[0]!.version;
  }

  private async write(
    { model, partitions, runId, epoch }: Publication,
    version: string,
    status: PublishLogEntry['status'],
  ): Promise<void> {
    const changedAt = this.clock.now();
    const row = [model, partitions, version, status, runId, epoch, changedAt];
    await this.changed.after(() => this.dataSource.query(MARK_PARTITIONS, row));
  }

  private get entries() {
    return this.dataSource.getRepository(PublishLogEntry);
  }

  private get consumed() {
    return this.dataSource.getRepository(ConsumedVersion);
  }
}

const larger = (a: bigint, b: bigint) => (a > b ? a : b);
