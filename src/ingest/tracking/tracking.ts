/**
 * What arrives against what is declared, by source and event, for those who instrument a shop.
 * Names and JSON types only, never a value. Bounded: the properties are those of a sample.
 */
import { readFileSync } from 'node:fs';
import { declaredProperties } from '../../contracts/declared-properties.js';
import { SchemaSet } from '../../contracts/schema-set.js';
import { fromEngineInstant, type Warehouse } from '../../platform/warehouse/warehouse.js';
import type { ContractDescription, ContractRegistry } from '../collector/contract-registry.js';
import { compareProperties, type Comparison, type SeenProperties } from './compare.js';

const readQuery = (name: string) =>
  readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const ARRIVALS = readQuery('arrivals');
const PROPERTIES = readQuery('properties');

/** Of each source and event, among the stored and among the rejected. */
export const SAMPLED_EVENTS = 500;
const MAX_EVENTS = 1_000;
const MAX_PROPERTIES = 100_000;
const MAX_NAMES = 300;
const MAX_MEMBERS = 1_000;
const MAX_ITEMS = 20;
const MAX_NAME_CHARACTERS = 100;
const MAX_PAYLOAD_BYTES = 64 * 1024;
/** The clock of the service and that of the engine may differ. */
const CLOCKS_MS = 3_600_000;

export interface TrackingRequest {
  source?: string;
  from: Date;
  to: Date;
}

/** One event of a source; instants are ISO 8601. */
export interface TrackedEvent extends Comparison {
  event: string;
  call: string;
  events: number;
  rejected: number;
  first_seen: string;
  last_seen: string;
  /** True if the event has a contract of its own. */
  is_declared: boolean;
  contract: string;
  /** How many events the properties were looked for in, and whether that is not all of them. */
  sampled_events: number;
  sampled: boolean;
}

export interface TrackedSource {
  source: string;
  events: TrackedEvent[];
  /** Events with a contract of their own, none of which arrived in the range. */
  never_arrived: string[];
}

export interface Tracking {
  from: string;
  to: string;
  /** True if there is more than could be looked at. */
  sampled: boolean;
  sources: TrackedSource[];
}

interface Arrival {
  source: string;
  call: string;
  event: string;
  events: string;
  rejected: string;
  first_seen: string;
  last_seen: string;
}

interface Property {
  source: string;
  call: string;
  event: string;
  name: string;
  type: string;
  events: string;
}

/** What was seen of one event. The number of sampled events stands apart from the properties. */
interface Sample {
  events: number;
  seen: SeenProperties;
}

export class TrackingReader {
  constructor(
    private readonly warehouse: Warehouse,
    private readonly contracts: ContractRegistry,
  ) {}

  /** The thousand most frequent events of the range. */
  async read({ source = '', from, to }: TrackingRequest): Promise<Tracking> {
    const range = { source, from, to, loaded_from: new Date(from.getTime() - CLOCKS_MS) };
    const limit = MAX_EVENTS + 1;
    const arrivals = await this.warehouse.query<Arrival>('reader', ARRIVALS, { ...range, limit });
    const frequent = arrivals.slice(0, MAX_EVENTS);
    // Names of events may hold anything, such as an id, so only what is shown is looked into.
    const properties = await this.warehouse.query<Property>('reader', PROPERTIES, {
      ...range,
      sources: frequent.map((arrival) => arrival.source),
      calls: frequent.map(({ call }) => call),
      events: frequent.map(({ event }) => event),
      sample: SAMPLED_EVENTS,
      names: MAX_NAMES,
      members: MAX_MEMBERS,
      items: MAX_ITEMS,
      name_characters: MAX_NAME_CHARACTERS,
      payload_bytes: MAX_PAYLOAD_BYTES,
      rows: MAX_PROPERTIES,
    });
    const samples = this.samplesOf(properties);
    const events = this.merged(frequent).map((arrival) => ({
      source: arrival.source,
      event: this.tracked(arrival, samples.get(this.keyOf(arrival))),
    }));
    const names = new Set(events.map((each) => each.source));
    if (source !== '') names.add(source);
    return {
      from: from.toISOString(),
      to: to.toISOString(),
      sampled: arrivals.length > MAX_EVENTS || events.some(({ event }) => event.sampled),
      sources: [...names].sort().map((name) => {
        const own = events.filter((each) => each.source === name).map(({ event }) => event);
        return { source: name, events: own, never_arrived: this.neverArrived(own) };
      }),
    };
  }

  /** What was rejected has the name that it was sent with, which may be spelled otherwise. */
  private keyOf({ source, call, event }: Pick<Arrival, 'source' | 'call' | 'event'>): string {
    return [source, call, this.contracts.canonicalEventName(event)].join('\0');
  }

  /** Spellings of one name become one event. */
  private merged(arrivals: Arrival[]): Arrival[] {
    const byKey = new Map<string, Arrival>();
    for (const arrival of arrivals) {
      const key = this.keyOf(arrival);
      const known = byKey.get(key);
      const event = this.contracts.canonicalEventName(arrival.event);
      byKey.set(key, known ? joined(known, arrival) : { ...arrival, event });
    }
    return [...byKey.values()];
  }

  private samplesOf(properties: Property[]): Map<string, Sample> {
    const samples = new Map<string, Sample>();
    for (const property of properties) {
      const key = this.keyOf(property);
      const sample = samples.get(key) ?? { events: 0, seen: new Map() };
      samples.set(key, sample);
      const { name, type } = property;
      const events = Number(property.events);
      if (type === '') sample.events += events;
      else {
        const types = sample.seen.get(name) ?? new Map<string, number>();
        types.set(type, (types.get(type) ?? 0) + events);
        sample.seen.set(name, types);
      }
    }
    return samples;
  }

  private tracked(arrival: Arrival, sample: Sample = { events: 0, seen: new Map() }): TrackedEvent {
    const { call, event } = arrival;
    const contract = this.contracts.contractFor({ type: call, event });
    const rejected = Number(arrival.rejected);
    const all = Number(arrival.events) + rejected;
    return {
      event,
      call,
      events: Number(arrival.events),
      rejected,
      first_seen: fromEngineInstant(arrival.first_seen).toISOString(),
      last_seen: fromEngineInstant(arrival.last_seen).toISOString(),
      is_declared: contract.event !== undefined || contract.call !== 'track',
      contract: contract.name,
      sampled_events: sample.events,
      sampled: sample.events < all,
      ...compareProperties(sample.seen, this.declaredBy(contract), sample.events),
    };
  }

  private declaredBy({ name, version, schema }: ContractDescription) {
    const located = { schema, file: `${name}.v${version}.json` };
    return declaredProperties(new SchemaSet(this.contracts.files()), located);
  }

  private neverArrived(arrived: TrackedEvent[]): string[] {
    const seen = new Set(arrived.map(({ event }) => event));
    const declared = this.contracts.list().flatMap(({ event }) => event ?? []);
    return [...new Set(declared)].filter((event) => !seen.has(event)).sort();
  }
}

/** Instants of the engine are ordered as texts. */
function joined(a: Arrival, b: Arrival): Arrival {
  return {
    ...a,
    events: String(Number(a.events) + Number(b.events)),
    rejected: String(Number(a.rejected) + Number(b.rejected)),
    first_seen: a.first_seen < b.first_seen ? a.first_seen : b.first_seen,
    last_seen: a.last_seen > b.last_seen ? a.last_seen : b.last_seen,
  };
}
