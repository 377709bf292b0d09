/** Records and reads in the form in which sources other than events write them into bronze. */
import { createHash } from 'node:crypto';
import { ENTITIES, type Entity } from '../../src/ingest/sources/entities.js';
import { toEngineInstant, type Warehouse } from '../../src/platform/warehouse/warehouse.js';

/** A mapped field that is empty is null; one that the mapping does not fill is left out. */
export type Fields = Record<string, string | number | boolean | null>;

export type Origin = 'shop_database' | 'file';

/** One version of one record. */
export interface BronzeRecord {
  origin: Origin;
  source: string;
  entity: Entity;
  id: string;
  /** When this version was read. */
  at: string;
  sequence?: number;
  isDeleted?: boolean;
  fields: Fields;
}

/** A pass over a shop's database. */
export interface BronzeRead {
  source: string;
  after: string;
  through: string;
}

/** Inserts versions of records into bronze, as one load. */
export async function loadRecords(warehouse: Warehouse, records: BronzeRecord[]): Promise<void> {
  const rows = records.map(recordRow);
  if (rows.length === 0) return;
  const lines = rows.map((row) => JSON.stringify(row));
  await warehouse.insertLines('bronze.records', Object.keys(rows[0]!), lines);
}

/** Tells that a source has been read; what it says up to then must have been loaded before. */
export async function loadRead(warehouse: Warehouse, read: BronzeRead): Promise<void> {
  const row = {
    origin: 'shop_database',
    source: read.source,
    read_after: toEngineInstant(new Date(read.after)),
    read_through: toEngineInstant(new Date(read.through)),
    load_id: 'load-of-the-spec',
  };
  await warehouse.insertLines('bronze.reads', Object.keys(row), [JSON.stringify(row)]);
}

function recordRow(record: BronzeRecord) {
  const payload = JSON.stringify(asMapped(record.entity, record.fields));
  return {
    origin: record.origin,
    source: record.source,
    entity: record.entity,
    record_id: record.id,
    version_at: toEngineInstant(new Date(record.at)),
    sequence: record.sequence ?? 0,
    is_deleted: record.isDeleted ?? false,
    content_hash: createHash('sha256').update(payload).digest('hex').slice(0, 32),
    payload,
    load_id: 'load-of-the-spec',
  };
}

/** Decimals are texts and instants ISO texts, as the mapping leaves them. */
function asMapped(entity: Entity, fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const field = ENTITIES[entity][name];
      if (!field) throw new Error(`${entity} have no field ${name}.`);
      if (value === null) return [name, null];
      if (field.type === 'decimal') return [name, String(value)];
      if (field.type === 'timestamp') return [name, new Date(String(value)).toISOString()];
      return [name, value];
    }),
  );
}

const PLACED_AT = '2026-11-02T10:00:00Z';

/**
 * Builds the records of one source. An order line is one unit of p1 at 100, placed on the second
 * at ten; `fields` add to that and replace it.
 */
export function sourceOf(origin: Origin, source: string) {
  const record =
    (entity: Entity, defaults: (id: string) => Fields) =>
    (id: string, at: string, fields: Fields = {}): BronzeRecord => ({
      ...{ origin, source, entity, id, at },
      fields: { ...defaults(id), ...fields },
    });
  const lineOf = record('order_lines', () => ({
    ...{ placed_at: PLACED_AT, currency: 'USD', product_id: 'p1', name: 'P1' },
    ...{ quantity: 1, unit_price: 100 },
  }));
  const refundOf = record('refunds', (id) => ({ refund_id: id, currency: 'USD' }));
  return {
    order: record('orders', (id) => ({ order_id: id, placed_at: PLACED_AT, currency: 'USD' })),
    /** `<order>/<number>` is the record's id. */
    line: (orderId: string, number: number, at: string, fields: Fields = {}) =>
      lineOf(`${orderId}/${number}`, at, { order_id: orderId, ...fields }),
    refund: (orderId: string, id: string, at: string, fields: Fields) =>
      refundOf(id, at, { order_id: orderId, ...fields }),
    customer: record('customers', (id) => ({ customer_id: id })),
    product: record('products', (id) => ({ product_id: id })),
    read: (after: string, through: string): BronzeRead => ({ source, after, through }),
  };
}

/** The record as the source no longer has it. */
export const deleted = (record: BronzeRecord, at: string): BronzeRecord => ({
  ...record,
  at,
  isDeleted: true,
});
