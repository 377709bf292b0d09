/**
 * Where the rows of databases and files meet bronze: privacy first, then what is known already is
 * left out, then vault and warehouse. Every source passes through here; nothing else writes records.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { JsonValue } from '../../contracts/json.js';
import type { Clock } from '../../platform/clock/clock.js';
import type { PersonalKind, Tokeniser } from '../../platform/vault/tokeniser.js';
import type { PersonalValue, Vault } from '../../platform/vault/vault.js';
import { toEngineInstant, type Warehouse } from '../../platform/warehouse/warehouse.js';
import type { BronzeWriter, RecordRow } from '../bronze.writer.js';
import { protectColumns, protectId, RecordProtector } from '../privacy/protect-record.js';
import { protectEvent, type Original } from '../privacy/protect.js';
import { ENTITIES, type Entity } from './entities.js';
import { idChunks } from './id-chunks.js';

const sql = (name: string) => readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const STANDING_VERSIONS = sql('standing_versions');
const HAS_RECORDS = sql('has_records');

/** What a load holds in bronze.records that is no entity: rows a mapping leaves out. */
export const IGNORED = 'ignored';

/** Lines of one load share its `sequence` up to here. */
const LINES_PER_STEP = 1_000_000n;

/** A mapped row on its way to bronze. */
export interface SinkRow {
  line: number;
  entity: Entity | typeof IGNORED;
  id: string;
  sourceKey: string;
  values: Record<string, JsonValue>;
}

export interface SinkLoad {
  id: string;
  origin: RecordRow['origin'];
  source: string;
  /** Orders the versions of records that state no `updated_at`, and later loads after earlier. */
  startedAt: Date;
  /** What the mapping takes for personal data, by column; of rows that it ignores. */
  personalColumns: ReadonlyMap<string, PersonalKind>;
}

/** Rows that the mapping ignores are stored, and counted by whoever mapped them. */
export interface SinkOutcome {
  loaded: number;
  unchanged: number;
  /** Rows that the warehouse refused for their data, by line. */
  refused: { line: number; reason: string }[];
}

interface PreparedRow {
  line: number;
  row: RecordRow;
}

export interface SinkParts {
  warehouse: Warehouse;
  bronze: BronzeWriter;
  vault: Vault;
  tokeniser: Tokeniser;
  clock: Clock;
  reportingCurrency: string;
}

const TEXT_TYPES = new Set(['id', 'text', 'country']);
const MAX_SUBJECT_CHARACTERS = 200;

/** The sink of one load. */
export class RecordSink {
  private readonly protectors = new Map<string, RecordProtector>();
  /** Entities of which the source had records before; of others every row is new. */
  private readonly known = new Map<string, boolean>();
  private readonly sequenceBase: bigint;

  constructor(
    private readonly parts: SinkParts,
    private readonly load: SinkLoad,
  ) {
    this.sequenceBase = BigInt(load.startedAt.getTime()) * LINES_PER_STEP;
  }

  /** Finds out what stands before the first row is written. */
  async open(entities: readonly string[]): Promise<void> {
    const { origin, source } = this.load;
    for (const entity of [...entities, IGNORED]) {
      const parameters = { origin, source, entity };
      const found = await this.parts.warehouse.queryOne<{ has_records: number }>(
        'reader',
        HAS_RECORDS,
        parameters,
      );
      this.known.set(entity, Boolean(found.has_records));
    }
  }

  /** Answers when the rows are durable. `versionAt` is when they were read. */
  async write(rows: readonly SinkRow[], versionAt: Date): Promise<SinkOutcome> {
    const originals: PersonalValue[] = [];
    const version = toEngineInstant(versionAt);
    const prepared = rows.map((row) => ({
      line: row.line,
      row: this.prepare(row, version, originals),
    }));
    const changed = await this.withoutKnown(prepared);
    await this.parts.vault.store(originals, this.parts.clock.now());
    const refusals = await this.parts.bronze.writeRecords(changed.map(({ row }) => row));
    const refused = refusals
      .map(({ index, reason }) => ({ ...changed[index]!, reason }))
      .filter(({ row }) => row.entity !== IGNORED);
    const records = rows.filter(({ entity }) => entity !== IGNORED).length;
    const written = changed.filter(({ row }) => row.entity !== IGNORED).length;
    return {
      loaded: written - refused.length,
      unchanged: records - written,
      refused: refused.map(({ line, reason }) => ({ line, reason })),
    };
  }

  private prepare(row: SinkRow, version: string, originals: PersonalValue[]): RecordRow {
    const { origin, source, id } = this.load;
    const { values, recordId } =
      row.entity === IGNORED ? this.protectIgnored(row, originals) : this.protect(row, originals);
    const payload = JSON.stringify(values);
    return {
      origin,
      source,
      entity: row.entity,
      record_id: recordId,
      source_key: row.sourceKey,
      version_at: origin === 'file' ? statedVersion(values) || version : version,
      sequence: origin === 'file' ? String(this.sequenceBase + BigInt(row.line)) : String(row.line),
      is_deleted: false,
      content_hash: hash('md5', payload, 'hex'),
      payload,
      load_id: id,
    };
  }

  private protect(row: SinkRow, originals: PersonalValue[]) {
    const { values, entity } = row;
    const protector = this.protectorOf(entity as Entity);
    const found = protector.protect(values);
    const recordId = protectId(row.id, this.parts.tokeniser);
    if ('currency' in ENTITIES[entity as Entity]) {
      values['currency'] ??= this.parts.reportingCurrency;
    }
    this.collect(found, values['customer_id'], `${entity}:${recordId}`, originals);
    return { values, recordId };
  }

  /**
   * Columns that no branch describes are protected by their own names, as those of a customer:
   * nobody reads them, so a product's name may as well be hidden, and a person's must.
   */
  private protectIgnored(row: SinkRow, originals: PersonalValue[]) {
    const { tokeniser } = this.parts;
    const described = protectColumns(row.values, this.load.personalColumns, tokeniser);
    const { event, originals: found } = protectEvent(
      { id: row.id, customer: row.values },
      tokeniser,
    );
    const recordId = String(event['id']);
    this.collect([...described, ...found], null, `${IGNORED}:${recordId}`, originals);
    return { values: event['customer'] as Record<string, JsonValue>, recordId };
  }

  private collect(
    found: readonly Original[],
    customer: JsonValue | undefined,
    otherwise: string,
    originals: PersonalValue[],
  ): void {
    if (found.length === 0) return;
    const whole = typeof customer === 'string' && customer !== '' ? customer : otherwise;
    const subject = whole.slice(0, MAX_SUBJECT_CHARACTERS);
    for (const { kind, field, token, value } of found) {
      originals.push({ subject, kind, field, token, value });
    }
  }

  private protectorOf(entity: Entity): RecordProtector {
    let protector = this.protectors.get(entity);
    if (!protector) {
      const names = Object.entries(ENTITIES[entity])
        .filter(([, { type }]) => TEXT_TYPES.has(type))
        .map(([name]) => name);
      protector = new RecordProtector(entity, names, this.parts.tokeniser);
      this.protectors.set(entity, protector);
    }
    return protector;
  }

  private async withoutKnown(rows: PreparedRow[]): Promise<PreparedRow[]> {
    const kept: PreparedRow[] = [];
    for (const [entity, group] of groupByEntity(rows)) {
      if (this.known.get(entity) === false) kept.push(...group);
      else kept.push(...(await this.withoutStanding(entity, group)));
    }
    return kept;
  }

  /** A row is known if the newest load of its record, or this very version, holds its content. */
  private async withoutStanding(entity: string, rows: PreparedRow[]): Promise<PreparedRow[]> {
    const { origin, source } = this.load;
    const standing = new Map<string, [string, string, string][]>();
    for (const chunk of idChunks(rows.map(({ row }) => row.record_id))) {
      const found = await this.parts.warehouse.query<{
        record_id: string;
        versions: [string, string, string][];
      }>('reader', STANDING_VERSIONS, { origin, source, entity, record_ids: chunk });
      for (const { record_id, versions } of found) standing.set(record_id, versions);
    }
    return rows.filter(({ row }) => !isKnown(row, standing.get(row.record_id) ?? []));
  }
}

function groupByEntity(rows: PreparedRow[]): Map<string, PreparedRow[]> {
  const groups = new Map<string, PreparedRow[]>();
  for (const prepared of rows) {
    const group = groups.get(prepared.row.entity);
    if (group) group.push(prepared);
    else groups.set(prepared.row.entity, [prepared]);
  }
  return groups;
}

function isKnown(row: RecordRow, versions: readonly [string, string, string][]): boolean {
  let newest: [string, bigint] = ['', 0n];
  for (const [at, load] of versions) {
    const order = BigInt(load);
    if (at > newest[0] || (at === newest[0] && order > newest[1])) newest = [at, order];
  }
  return versions.some(([at, load, content]) => {
    if (content !== row.content_hash) return false;
    return (at === newest[0] && BigInt(load) === newest[1]) || at === row.version_at;
  });
}

/** What the row itself says of when it was last changed, as engine text. */
function statedVersion(values: Record<string, JsonValue>): string {
  const stated = values['updated_at'];
  return typeof stated === 'string' ? stated.replace('T', ' ').replace('Z', '') : '';
}
