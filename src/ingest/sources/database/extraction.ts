/**
 * One pass over the shop's database: each table whole the first time, then what changed. A page is
 * durable before the checkpoint passes it, so a pass that was cut off loses nothing and repeats
 * little; what it repeats is known by its content and left out.
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { CodedError } from '../../../contracts/errors.js';
import type { Load } from '../../../platform/control-db/entities/source.entities.js';
import { toEngineInstant } from '../../../platform/warehouse/warehouse.js';
import { protectId } from '../../privacy/protect-record.js';
import type { LoadStore, Rejection } from '../loads/load-store.js';
import { MAX_REJECTED, rawOf } from '../loads/file-load.js';
import { compileRows, wantedColumns, type RowMapper } from '../mapping/compile.js';
import type { Mapping, TableRule } from '../mapping/rules.js';
import { personalColumns } from '../personal-columns.js';
import { IGNORED, RecordSink, type SinkParts, type SinkRow } from '../record-sink.js';
import type { Checkpoints, Position } from './checkpoints.js';
import { findDeletions } from './deletions.js';
import { pagesOf, type PagedTable } from './pages.js';
import type { Page, ShopDatabase, TableRead } from './postgres-reader.js';

const RECENT_REJECTIONS = 10_000;

export interface ExtractionParts extends SinkParts {
  store: LoadStore;
  checkpoints: Checkpoints;
}

export interface PassOptions {
  /** Reads every table from its beginning. */
  isFull?: boolean;
  /** Compares keys, so that deleted rows are found. */
  withDeletions?: boolean;
}

interface TablePass extends PagedTable {
  hash: string;
  mapper: RowMapper;
}

/** What becomes of a page's rows. */
interface MappedPage {
  rows: SinkRow[];
  ignored: number;
  rejections: Rejection[];
  repeated: number;
}

export class Extraction {
  /** Bad rows that the overlap reads again and again are reported once. */
  private readonly reported = new LRUCache<string, string>({ max: RECENT_REJECTIONS });
  private line = 0;

  constructor(
    private readonly mapping: Mapping,
    private readonly parts: ExtractionParts,
  ) {}

  /** Reads all tables once. `load` gets the counts, and is recorded if there is something to tell. */
  async pass(
    database: ShopDatabase,
    load: Load,
    { isFull = false, withDeletions = false }: PassOptions,
    signal: AbortSignal,
  ): Promise<void> {
    const { source } = this.mapping;
    const origin = 'shop_database' as const;
    this.line = 0;
    const tables = this.mapping.tables!;
    const sink = new RecordSink(this.parts, {
      id: load.id,
      origin,
      source,
      startedAt: load.createdAt,
      personalColumns: personalColumns(
        tables.flatMap(({ rows }) => rows),
        null,
      ),
    });
    await sink.open(entitiesOf(tables));
    let through: Date | null = null;
    for (const rule of tables) {
      const pass = await this.prepare(database, rule);
      const since = await this.readTable(database, pass, sink, load, isFull, signal);
      if (signal.aborted) return;
      if (!through || since < through) through = since;
      if (withDeletions) await this.readDeletions(database, pass, load);
    }
    await this.finish(load, through!, withDeletions);
  }

  private async prepare(database: ShopDatabase, rule: TableRule): Promise<TablePass> {
    const read = tableRead(rule);
    const types = await database.describe(read);
    const isLocal = types.get(rule.changedAt ?? '')?.startsWith('timestamp without') ?? false;
    const mapper = compileRows(this.mapping, rule.rows, read.columns, null);
    const { timezone, decimalComma, currency, emptyValues, ambiguousTimes } = this.mapping;
    const shared = { timezone, decimalComma, currency, emptyValues, ambiguousTimes };
    return {
      read,
      mapper,
      hash: hashOf({ shared, rule }),
      changedIn: isLocal ? timezone : null,
    };
  }

  /** Answers up to when the table has been read. */
  private async readTable(
    database: ShopDatabase,
    pass: TablePass,
    sink: RecordSink,
    load: Load,
    isFull: boolean,
    signal: AbortSignal,
  ): Promise<Date> {
    const { checkpoints } = this.parts;
    const { table } = pass.read;
    const { now, snapshotXmin: xmin } = await database.horizon();
    const start = { since: now.toISOString(), xmin };
    const known = isFull ? null : await checkpoints.find(table, pass.hash);
    const position: Position = known ?? { phase: 'all', after: null, ...start };
    // While one page is being written the next is mapped; the checkpoint follows in order.
    let pending: Promise<void> = Promise.resolve();
    try {
      for await (const { page, after } of pagesOf(database, pass, position)) {
        const before = pending;
        pending = this.writePage(page, pass, sink, load).then(async () => {
          await before;
          if (position.phase !== 'all') return;
          await checkpoints.save(table, pass.hash, { ...position, after });
        });
        pending.catch(() => undefined);
        await before;
        if (signal.aborted) break;
      }
    } finally {
      // Whatever failed, nothing is written any more once a pass has ended.
      await pending.catch(() => undefined);
    }
    await pending;
    if (signal.aborted) return new Date(position.since);
    const reached = position.phase === 'all' ? position : start;
    const { since } = reached;
    const next: Position = { phase: 'changes', after: null, since, xmin: reached.xmin };
    await checkpoints.save(table, pass.hash, next);
    return new Date(since);
  }

  private async writePage(
    page: Page<unknown>,
    pass: TablePass,
    sink: RecordSink,
    load: Load,
  ): Promise<void> {
    const mapped = this.map(page, pass);
    const { loaded, unchanged, refused } = await sink.write(mapped.rows, page.readAt);
    const rejections = [
      ...mapped.rejections,
      ...refused.map(({ line, reason }) => ({
        line,
        field: pass.read.table,
        code: reason,
        detail: 'The warehouse refused the row.',
        raw: '',
      })),
    ];
    const { counts } = load;
    counts.read += page.cells.length;
    counts.loaded += loaded;
    counts.ignored += mapped.ignored;
    counts.rejected += rejections.length;
    counts.unchanged += unchanged + mapped.repeated;
    if (rejections.length > 0) {
      await this.parts.store.save(load);
      await this.parts.store.addRejections(load.id, rejections);
    }
    if (counts.rejected > MAX_REJECTED) {
      throw new CodedError(
        'too_many_rejected',
        `${counts.rejected} rows are bad; the extraction stopped in ${pass.read.table}.`,
      );
    }
  }

  private map({ cells, keys }: Page<unknown>, { read, mapper }: TablePass): MappedPage {
    const mapped: MappedPage = { rows: [], ignored: 0, rejections: [], repeated: 0 };
    for (const [index, row] of cells.entries()) {
      const line = (this.line += 1);
      const sourceKey = this.sourceKey(read, keys[index]!);
      const result = mapper.map({ line, cells: row });
      if (result.outcome === 'rejected') {
        const raw = rawOf(read.columns, row);
        // Its key is known all the same, so that the row is not taken for one never read.
        mapped.rows.push({
          line,
          entity: IGNORED,
          id: `rejected ${sourceKey}`,
          sourceKey,
          values: {},
        });
        if (this.reported.get(sourceKey) === raw) mapped.repeated += 1;
        else {
          this.reported.set(sourceKey, raw);
          const { code, detail } = result;
          const field = `${read.table}.${result.field}`;
          mapped.rejections.push({ line, field, code, detail, raw });
        }
        continue;
      }
      if (result.outcome === 'ignored') mapped.ignored += 1;
      const entity = result.outcome === 'ignored' ? IGNORED : result.entity;
      mapped.rows.push({ line, entity, id: result.id, sourceKey, values: result.values });
    }
    return mapped;
  }

  private async readDeletions(
    database: ShopDatabase,
    { read, hash }: TablePass,
    load: Load,
  ): Promise<void> {
    const { checkpoints, warehouse, bronze } = this.parts;
    const { source } = this.mapping;
    const listing = { read, source, loadId: load.id };
    const toKey = (key: string) => this.sourceKey(read, key);
    const found = await findDeletions(database, listing, toKey, { warehouse, bronze });
    load.counts.read += found.deleted;
    load.counts.loaded += found.deleted;
    if (found.isIncomplete) {
      // Rows stand in the shop that no pass has seen, such as those of an overlong transaction.
      const { now, snapshotXmin: xmin } = await database.horizon();
      const anew: Position = { phase: 'all', after: null, since: now.toISOString(), xmin };
      await checkpoints.save(read.table, hash, anew);
    }
  }

  private sourceKey({ table }: TableRead, key: string): string {
    return `${table}:${protectId(key, this.parts.tokeniser)}`;
  }

  private async finish(load: Load, through: Date, isThorough: boolean): Promise<void> {
    const { checkpoints, bronze } = this.parts;
    const readAfter = await checkpoints.readThrough();
    const isIdle = load.counts.loaded === 0 && !isThorough;
    if (isIdle && through.getTime() - readAfter.getTime() < IDLE_READ_MS) return;
    await bronze.writeRead({
      origin: 'shop_database',
      source: this.mapping.source,
      read_after: toEngineInstant(readAfter),
      read_through: toEngineInstant(through),
      load_id: load.id,
    });
    await checkpoints.saveReadThrough(through);
  }
}

/**
 * A pass that found nothing is noted this often: it lets newer facts of lower sources go. One that
 * compared keys is noted always, as a reconciliation counts on it.
 */
const IDLE_READ_MS = 60_000;

function tableRead({ table, key, changedAt, rows }: TableRule): TableRead {
  return { table, key, changedAt, columns: wantedColumns(rows) };
}

function entitiesOf(tables: readonly TableRule[]): string[] {
  const named = tables.flatMap(({ rows }) => rows.map(({ entity }) => entity));
  return [...new Set(named.filter((entity) => entity !== null))];
}

/** What of a table's mapping shapes its records; the places in the YAML may move. */
function hashOf(rule: unknown): string {
  const text = JSON.stringify(rule, (key, value: unknown) => {
    if (key === 'at') return undefined;
    return value instanceof Map ? [...(value as Map<unknown, unknown>)] : value;
  });
  return createHash('sha256').update(text).digest('hex');
}
