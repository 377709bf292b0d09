/**
 * How far each table of the shop's database has been read, in the control database. A key may be an
 * e-mail, so it is kept encrypted.
 */
import type { Clock } from '../../../platform/clock/clock.js';
import type { ControlDb } from '../../../platform/control-db/control-db.js';
import { SourceCheckpoint } from '../../../platform/control-db/entities/source.entities.js';
import type { Vault } from '../../../platform/vault/vault.js';

/**
 * `all`: being read for the first time, by key, so far up to `after`. `changes`: read whole; what
 * changed since is read from `since`, or from the transactions not over at `xmin`. Both are of the
 * moment before the reading began.
 */
export interface Position {
  phase: 'all' | 'changes';
  after: string | null;
  /** An ISO instant by the database's clock. */
  since: string;
  xmin: string;
}

/** The pass over all tables is kept as that of a table without a name. */
const WHOLE_SOURCE = '';

export class Checkpoints {
  constructor(
    private readonly parts: { controlDb: ControlDb; clock: Clock; vault: Vault },
    private readonly source: string,
  ) {}

  /** Null for a table not read yet, or read by another mapping. */
  async find(table: string, mappingHash: string): Promise<Position | null> {
    const found = await this.repository.findOneBy({ source: this.source, tableName: table });
    if (found?.mappingHash !== mappingHash) return null;
    const position = found.position as Position;
    const { after } = position;
    if (after === null) return position;
    const sealed = Buffer.from(after, 'base64');
    return { ...position, after: this.parts.vault.unseal(this.subject, sealed) };
  }

  async save(table: string, mappingHash: string, position: Position): Promise<void> {
    const { after } = position;
    const sealed = after === null ? null : this.parts.vault.seal(this.subject, after);
    const kept = { ...position, after: sealed?.toString('base64') ?? null };
    await this.write(table, mappingHash, kept);
  }

  private async write(table: string, mappingHash: string, position: object): Promise<void> {
    await this.repository.save({
      source: this.source,
      tableName: table,
      mappingHash,
      position,
      savedAt: this.parts.clock.now(),
    });
  }

  /** Up to when all tables have been read; 1970 before the first pass. */
  async readThrough(): Promise<Date> {
    const found = await this.repository.findOneBy({
      source: this.source,
      tableName: WHOLE_SOURCE,
    });
    return new Date((found?.position as { through: string } | undefined)?.through ?? 0);
  }

  async saveReadThrough(through: Date): Promise<void> {
    await this.write(WHOLE_SOURCE, '', { through: through.toISOString() });
  }

  /** What the keys of this source are encrypted under. */
  private get subject(): string {
    return `checkpoints:${this.source}`;
  }

  private get repository() {
    return this.parts.controlDb.dataSource.getRepository(SourceCheckpoint);
  }
}
