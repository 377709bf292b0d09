/**
 * Loads one file: checks it as a whole, maps its rows, hands them on in batches, and records after
 * each how far it is, so that a load that was cut off goes on where it was.
 */
import { CodedError } from '../../../contracts/errors.js';
import type { Load, LoadCounts } from '../../../platform/control-db/entities/source.entities.js';
import type { Clock } from '../../../platform/clock/clock.js';
import { isEntity, type Entity } from '../entities.js';
import { EventSink } from '../event-sink.js';
import { checkFile, openRows } from '../files/open-rows.js';
import { compileRows, wantedColumns, type RowMapper } from '../mapping/compile.js';
import { parseMapping, type Mapping } from '../mapping/mapping.js';
import type { RowRule } from '../mapping/rules.js';
import type { Collector } from '../../collector/pipeline.js';
import { personalColumns } from '../personal-columns.js';
import { IGNORED, RecordSink, type SinkParts, type SinkRow } from '../record-sink.js';
import { isBroken, type ReadRow } from '../rows.js';
import type { LoadStore, Rejection } from './load-store.js';

/** Rows that share an insert. */
export const BATCH_ROWS = 5_000;

/** The text of rows that share an insert: written as JSON in JSON it must fit into the buffer. */
const BATCH_CHARACTERS = 8 * 1024 * 1024;

/** A file of which more rows are bad was mapped wrongly. */
export const MAX_REJECTED = 100_000;

export interface FileLoadParts extends SinkParts {
  store: LoadStore;
  collector: Collector;
  clock: Clock;
}

/** Rows on their way, by what becomes of them. */
interface Batch {
  line: number;
  read: number;
  characters: number;
  ignored: number;
  records: SinkRow[];
  events: SinkRow[];
  rejections: Rejection[];
}

/** Answers when all is durable; throws coded errors. Stops between batches if `signal` says so. */
export async function loadFile(
  load: Load,
  path: string,
  parts: FileLoadParts,
  signal: AbortSignal,
): Promise<void> {
  const mapping = parseMapping(load.mapping!, 'mapping');
  const rules = mapping.rows!;
  const file = { ...mapping.file, path, name: load.fileName! };
  const wanted = wantedColumns(rules);
  const opened = await openRows(file, wanted);
  const mapper = compileRows(mapping, rules, opened.columns, entityOf(load));
  if (load.rowsTotal === null) {
    load.rowsTotal = String((await checkFile(file, wanted)).rows);
    await parts.store.save(load);
  }
  const writer = new BatchWriter(load, mapping, rules, parts);
  await writer.open();
  const done = Number(load.line);
  let batch = newBatch();
  for await (const rows of opened.batches) {
    for (const row of rows) {
      // Rows before the checkpoint are mapped for their numbers within a group, not written again.
      if (row.line <= done) {
        if (!isBroken(row)) mapper.map(row);
        continue;
      }
      take(batch, row, mapper, opened.columns);
    }
    if (batch.read < BATCH_ROWS && batch.characters < BATCH_CHARACTERS) continue;
    await writer.write(batch);
    if (signal.aborted) return writer.drain();
    batch = newBatch();
  }
  await writer.write(batch);
  await writer.drain();
}

function entityOf({ entity }: Load): Entity | null {
  return entity !== null && isEntity(entity) ? entity : null;
}

const newBatch = (): Batch => ({
  line: 0,
  read: 0,
  characters: 0,
  ignored: 0,
  records: [],
  events: [],
  rejections: [],
});

function take(batch: Batch, row: ReadRow, mapper: RowMapper, columns: readonly string[]): void {
  const { line } = row;
  batch.line = line;
  batch.read += 1;
  if (isBroken(row)) {
    const { code, detail, raw } = row;
    batch.characters += raw.length;
    batch.rejections.push({ line, field: '', code, detail, raw });
    return;
  }
  for (const cell of row.cells) batch.characters += cell?.length ?? 0;
  const mapped = mapper.map(row);
  if (mapped.outcome === 'rejected') {
    const { field, code, detail } = mapped;
    batch.rejections.push({ line, field, code, detail, raw: rawOf(columns, row.cells) });
    return;
  }
  const isIgnored = mapped.outcome === 'ignored';
  if (isIgnored) batch.ignored += 1;
  const entity = mapped.outcome === 'ignored' ? IGNORED : mapped.entity;
  const { id, values } = mapped;
  const sinkRow: SinkRow = { line, entity, id, sourceKey: '', values };
  if (entity === 'events') batch.events.push(sinkRow);
  else batch.records.push(sinkRow);
}

export function rawOf(columns: readonly string[], cells: readonly (string | null)[]): string {
  return JSON.stringify(Object.fromEntries(columns.map((name, index) => [name, cells[index]])));
}

/** Writes batches in order, one at a time, while the next one is being mapped. */
class BatchWriter {
  private readonly records: RecordSink;
  private readonly events: EventSink;
  private pending: Promise<void> = Promise.resolve();

  constructor(
    private readonly load: Load,
    mapping: Mapping,
    private readonly rules: readonly RowRule[],
    private readonly parts: FileLoadParts,
  ) {
    const { id, createdAt } = load;
    const origin = 'file' as const;
    this.records = new RecordSink(parts, {
      id,
      origin,
      source: mapping.source,
      startedAt: createdAt,
      personalColumns: personalColumns(rules, entityOf(load)),
    });
    this.events = new EventSink(parts.warehouse, parts.collector, parts.tokeniser, mapping.source);
  }

  open(): Promise<void> {
    const entities = this.rules.map(({ entity }) => entity ?? this.load.entity!);
    return this.records.open([...new Set(entities)]);
  }

  /** Answers when the batch before this one is durable. */
  async write(batch: Batch): Promise<void> {
    await this.pending;
    if (batch.read === 0) return;
    this.pending = this.writeNow(batch);
    // Whoever waits for it gets the error; until then it is nobody's.
    this.pending.catch(() => undefined);
  }

  drain(): Promise<void> {
    return this.pending;
  }

  private async writeNow(batch: Batch): Promise<void> {
    const records = await this.records.write(batch.records, this.load.createdAt);
    const events =
      batch.events.length === 0
        ? { loaded: 0, unchanged: 0, rejected: [] }
        : await this.events.write(batch.events, this.parts.clock.now());
    const refused = [
      ...records.refused.map(({ line, reason }) =>
        refusal(line, reason, 'The warehouse refused it.'),
      ),
      ...events.rejected.map(({ line, code, detail }) => refusal(line, code, detail)),
    ];
    const rejections = [...batch.rejections, ...refused];
    const before = this.load.counts;
    const counts: LoadCounts = {
      read: before.read + batch.read,
      loaded: before.loaded + records.loaded + events.loaded,
      ignored: before.ignored + batch.ignored,
      rejected: before.rejected + rejections.length,
      unchanged: before.unchanged + records.unchanged + events.unchanged,
    };
    await this.parts.store.addRejections(this.load.id, rejections);
    await this.parts.store.checkpoint(this.load, batch.line, counts);
    if (counts.rejected > MAX_REJECTED) {
      throw new CodedError(
        'too_many_rejected',
        `${counts.rejected} of ${counts.read} rows are bad; the load stopped at line ${batch.line}.`,
      );
    }
  }
}

/** The row itself stands with the collector's rejected events, or was refused whole. */
function refusal(line: number, code: string, detail: string): Rejection {
  return { line, field: '', code, detail, raw: '' };
}
