/**
 * What arrived for a range of time, and by which way: counts of events by source, of records by
 * load, of rejected events. Never rows. The explanation of a number asks it through ingest's face.
 */
import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import {
  fromEngineInstant,
  toEngineInstant,
  type Warehouse,
} from '../../platform/warehouse/warehouse.js';

const readQuery = (name: string) =>
  readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const EVENTS = readQuery('events');
const RECORDS = readQuery('records');
const REJECTED = readQuery('rejected');
const LOADS = `select id::text as id, kind, source, file_name, requested_by, status, created_at
  from loads where id::text = any($1::text[])`;

/** Groups of one list. */
const MAX_GROUPS = 100;

export interface EventArrivals {
  /** The source that the write key stands for. */
  source: string;
  /** As delivered: an event that was sent twice counts twice. */
  events: number;
  first_arrival: string;
  last_arrival: string;
}

export interface RecordArrivals {
  load_id: string;
  /** `file` or `extraction`; null where the load is no longer on record, as the others. */
  kind: string | null;
  file_name: string | null;
  requested_by: string | null;
  status: string | null;
  started_at: string | null;
  source: string;
  entity: string;
  /** Versions of records. */
  records: number;
  first_arrival: string;
  last_arrival: string;
}

export interface RejectedArrivals {
  event: string;
  contract: string;
  events: number;
  /** Not replayed since. */
  open: number;
}

/** The groups with the most, and whether there are more. */
export interface Groups<T> {
  rows: T[];
  isCut: boolean;
}

interface LoadRow {
  id: string;
  kind: string;
  file_name: string | null;
  requested_by: string;
  status: string;
  created_at: Date;
}

type Counted<T, Names extends keyof T> = Omit<T, Names> & Record<Names, string>;

export class Arrivals {
  constructor(
    private readonly warehouse: Warehouse,
    private readonly dataSource: DataSource,
  ) {}

  /** By when they happened. */
  async events(from: Date, to: Date): Promise<Groups<EventArrivals>> {
    const found = await this.groups<Counted<EventArrivals, 'events'>>(EVENTS, from, to);
    const rows = found.rows.map((row) => ({ ...dated(row), events: Number(row.events) }));
    return { ...found, rows };
  }

  /** By their own time: when an order was placed, refunded, an ad was shown, feedback was given. */
  async records(from: Date, to: Date): Promise<Groups<RecordArrivals>> {
    const found = await this.groups<
      Counted<Pick<RecordArrivals, 'source' | 'entity' | 'load_id' | 'records'>, 'records'> & Dated
    >(RECORDS, from, to);
    const ids = [...new Set(found.rows.map((row) => row.load_id))];
    const loads = await this.dataSource.query<LoadRow[]>(LOADS, [ids]);
    const rows = found.rows.map((row): RecordArrivals => {
      const load = loads.find(({ id }) => id === row.load_id);
      return {
        load_id: row.load_id,
        kind: load?.kind ?? null,
        file_name: load?.file_name ?? null,
        requested_by: load?.requested_by ?? null,
        status: load?.status ?? null,
        started_at: load?.created_at.toISOString() ?? null,
        source: row.source,
        entity: row.entity,
        records: Number(row.records),
        ...arrivalsOf(row),
      };
    });
    return { ...found, rows };
  }

  /** By when they arrived. */
  async rejected(from: Date, to: Date): Promise<Groups<RejectedArrivals>> {
    const found = await this.groups<{
      event_name: string;
      contract: string;
      events: string;
      open_events: string;
    }>(REJECTED, from, to);
    const rows = found.rows.map((row) => ({
      event: row.event_name,
      contract: row.contract,
      events: Number(row.events),
      open: Number(row.open_events),
    }));
    return { ...found, rows };
  }

  private async groups<Row>(sql: string, from: Date, to: Date): Promise<Groups<Row>> {
    const rows = await this.warehouse.query<Row>('reader', sql, {
      from: toEngineInstant(from),
      to: toEngineInstant(to),
      limit: MAX_GROUPS + 1,
    });
    return { rows: rows.slice(0, MAX_GROUPS), isCut: rows.length > MAX_GROUPS };
  }
}

interface Dated {
  first_arrival: string;
  last_arrival: string;
}

const toIso = (text: string) => fromEngineInstant(text).toISOString();

const arrivalsOf = ({ first_arrival: first, last_arrival: last }: Dated): Dated => ({
  first_arrival: toIso(first),
  last_arrival: toIso(last),
});

const dated = <Row extends Dated>(row: Row): Row => ({ ...row, ...arrivalsOf(row) });
