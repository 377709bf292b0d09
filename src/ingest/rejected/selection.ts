/** Which rejected events are meant: what callers may narrow by, and its form as parameters of SQL. */
import { CodedError } from '../../contracts/errors.js';
import { toEngineInstant, type StatementParameters } from '../../platform/warehouse/warehouse.js';

export const REJECTION_STATES = ['open', 'replayed', 'all'] as const;
export type RejectionState = (typeof REJECTION_STATES)[number];

/** `from` inclusive, `to` exclusive, both of the time of arrival. What is left out holds for all. */
export interface Selection {
  source?: string;
  event?: string;
  contract?: string;
  from?: Date;
  to?: Date;
}

export interface RejectionFilter extends Selection {
  /** Of any of the reasons. */
  code?: string;
  state?: RejectionState;
}

/** The place of one rejected event among all: by its arrival, then by its id. */
export interface Place {
  /** As the engine writes it. */
  at: string;
  id: string;
}

/** What the engine's instants reach. */
const BEGINNING = new Date('1970-01-01T00:00:00Z');
const END = new Date('2200-01-01T00:00:00Z');

export function selectionParameters(selection: Selection): StatementParameters {
  const { source = '', event = '', contract = '', from = BEGINNING, to = END } = selection;
  return { source, event, contract, from, to };
}

export function filterParameters(filter: RejectionFilter): StatementParameters {
  const { code = '', state = 'open' } = filter;
  return { ...selectionParameters(filter), code, state };
}

/** Without a place, the id is empty, and the time any. */
export function placeParameters(prefix: 'before' | 'after', place: Place | null) {
  const { at, id } = place ?? { at: toEngineInstant(BEGINNING), id: '' };
  return { [`${prefix}_at`]: at, [`${prefix}_id`]: id };
}

/** Opaque to callers. */
export function writePlace({ at, id }: Place): string {
  return Buffer.from(`${at}/${id}`).toString('base64url');
}

export function readPlace(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64url').toString();
  const match = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})\/([0-9a-f]{32})$/.exec(text);
  if (!match) {
    throw new CodedError('invalid_parameter', '`cursor` is not one that an answer gave.');
  }
  return { at: match[1]!, id: match[2]! };
}
