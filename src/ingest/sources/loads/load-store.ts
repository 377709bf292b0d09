/** The records of loads in the control database: their state, their counts, what they rejected. */
import { randomUUID } from 'node:crypto';
import { In, LessThan, Not, type DataSource, type Repository } from 'typeorm';
import type { Clock } from '../../../platform/clock/clock.js';
import {
  Load,
  NO_COUNTS,
  type LoadCounts,
} from '../../../platform/control-db/entities/source.entities.js';
import type { Vault } from '../../../platform/vault/vault.js';

/** A row that was not taken. */
export interface Rejection {
  line: number;
  field: string;
  code: string;
  /** Free of the row's data. */
  detail: string;
  /** The row as text: kept encrypted. */
  raw: string;
}

export type NewLoad = Pick<
  Load,
  'kind' | 'entity' | 'source' | 'fileName' | 'mapping' | 'status' | 'requestedBy'
>;

const RECENT_LOADS = 50;
const REJECTIONS_PAGE = 1_000;
const INSERT_CHUNK_ROWS = 1_000;

export class LoadStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly vault: Vault,
    private readonly clock: Clock,
  ) {}

  private get loads(): Repository<Load> {
    return this.dataSource.getRepository(Load);
  }

  async create(given: NewLoad): Promise<Load> {
    return this.save({ ...this.draft(given) });
  }

  /** A load that is recorded only if it turns out to be worth it. */
  draft(given: NewLoad): Load {
    return {
      id: randomUUID(),
      ...given,
      uploadedBytes: '0',
      rowsTotal: null,
      line: '0',
      counts: { ...NO_COUNTS },
      error: null,
      createdAt: this.clock.now(),
      finishedAt: null,
    };
  }

  save(load: Load): Promise<Load> {
    return this.loads.save(load);
  }

  /** Nothing else of the load, which may have been started meanwhile. */
  async saveSize(id: string, bytes: number): Promise<void> {
    await this.loads.update({ id }, { uploadedBytes: String(bytes) });
  }

  find(id: string): Promise<Load | null> {
    return this.loads.findOneBy({ id });
  }

  recent(): Promise<Load[]> {
    return this.loads.find({ order: { createdAt: 'desc' }, take: RECENT_LOADS });
  }

  /** File loads that somebody started and that did not end. */
  async unfinished(): Promise<Load[]> {
    return this.loads.find({
      where: [
        { kind: 'file', status: 'queued' },
        { kind: 'file', status: 'running' },
      ],
      order: { createdAt: 'asc' },
    });
  }

  /**
   * Extractions begun before another that runs now, but those that wait for their turn: a kill or
   * a stop cut them off.
   */
  async closeCutOff(source: string, before: Date, waiting: readonly string[]): Promise<void> {
    const detail = 'The service ended before it did; the next extraction goes on where it was.';
    await this.loads.update(
      {
        id: Not(In([...waiting])),
        kind: 'extraction',
        status: 'running',
        source,
        createdAt: LessThan(before),
      },
      { status: 'failed', error: { code: 'shutting_down', detail }, finishedAt: this.clock.now() },
    );
  }

  async finish(load: Load, status: 'done' | 'failed', error: Load['error'] = null): Promise<void> {
    Object.assign(load, { status, error, finishedAt: this.clock.now() });
    await this.save(load);
  }

  /** Durable rows and their counts, in one statement, so that neither is ahead of the other. */
  async checkpoint(load: Load, line: number, counts: LoadCounts): Promise<void> {
    load.line = String(line);
    load.counts = counts;
    await this.loads.update({ id: load.id }, { line: load.line, counts });
  }

  /** Rows that were rejected before a restart and are rejected again are kept once. */
  async addRejections(loadId: string, rejections: readonly Rejection[]): Promise<void> {
    for (let start = 0; start < rejections.length; start += INSERT_CHUNK_ROWS) {
      const rows = rejections.slice(start, start + INSERT_CHUNK_ROWS);
      await this.dataSource.query(
        `insert into rejected_rows (load_id, line, field, code, detail, ciphertext)
         select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bytea[])
         on conflict do nothing`,
        [
          loadId,
          rows.map(({ line }) => line),
          rows.map(({ field }) => field),
          rows.map(({ code }) => code),
          rows.map(({ detail }) => detail),
          rows.map(({ raw }) => this.vault.seal(`load:${loadId}`, raw)),
        ],
      );
    }
  }

  /** Line, field and reason; never the row. */
  async rejections(loadId: string, afterLine: number) {
    const found = await this.dataSource.query<
      { line: string; field: string; code: string; detail: string }[]
    >(
      `select line, field, code, detail from rejected_rows
       where load_id = $1 and line > $2 order by line, field limit $3`,
      [loadId, afterLine, REJECTIONS_PAGE],
    );
    return found.map(({ line, ...rest }) => ({ line: Number(line), ...rest }));
  }

  /** The rejected rows themselves, decrypted, in pages. The caller holds `pii:read` and is audited. */
  async *rejectedRows(loadId: string): AsyncGenerator<{ line: number; raw: string }[]> {
    let after = '-1';
    for (;;) {
      const rows = await this.dataSource.query<{ line: string; ciphertext: Buffer }[]>(
        `select distinct on (line) line, ciphertext from rejected_rows
         where load_id = $1 and line > $2 order by line limit $3`,
        [loadId, after, REJECTIONS_PAGE],
      );
      if (rows.length === 0) return;
      yield rows.map(({ line, ciphertext }) => ({
        line: Number(line),
        raw: this.vault.unseal(`load:${loadId}`, ciphertext),
      }));
      after = rows.at(-1)!.line;
    }
  }
}
