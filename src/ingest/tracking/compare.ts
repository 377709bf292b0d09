/** Holds what was seen of an event's properties against what its contract declares. Pure. */
import type { DeclaredProperties } from '../../contracts/declared-properties.js';
import { isTypeWithin } from '../../contracts/schema-set.js';

/** In how many of the sampled events a property had a JSON type, by name and type. */
export type SeenProperties = Map<string, Map<string, number>>;

/** `share` is of the sampled events, 0 to 1. */
export interface SeenType {
  type: string;
  share: number;
}

export interface UndeclaredProperty {
  name: string;
  share: number;
  types: SeenType[];
}

/** `not_declared`: a type that the contract does not allow; `mixed`: several, all allowed. */
export interface TypeDrift {
  name: string;
  kind: 'not_declared' | 'mixed';
  declared: string[] | null;
  seen: SeenType[];
}

export interface Comparison {
  undeclared_properties: UndeclaredProperty[];
  never_seen_properties: string[];
  type_drift: TypeDrift[];
}

const SHARE_DIGITS = 4;

/** Both sides use the names of declared-properties.ts. `sampled` is how many events were looked at. */
export function compareProperties(
  seen: SeenProperties,
  declared: DeclaredProperties,
  sampled: number,
): Comparison {
  const sharesOf = (types: Map<string, number>): SeenType[] =>
    [...types].map(([type, events]) => ({ type, share: shareOf(events, sampled) }));
  const undeclared = [...seen]
    .filter(([name]) => !declared.has(name))
    .map(([name, types]) => ({
      name,
      // A list may hold items of several types, so an event may count under more than one.
      share: Math.min(1, shareOf(sum(types), sampled)),
      types: sharesOf(types),
    }));
  const drift = [...seen].flatMap(([name, types]): TypeDrift[] => {
    const allowed = declared.get(name);
    if (allowed === undefined) return [];
    const kind = driftOf([...types.keys()], allowed);
    return kind === null ? [] : [{ name, kind, declared: allowed, seen: sharesOf(types) }];
  });
  return {
    undeclared_properties: undeclared.sort((a, b) => b.share - a.share || order(a.name, b.name)),
    never_seen_properties: [...declared.keys()].filter((name) => !seen.has(name)).sort(order),
    type_drift: drift.sort((a, b) => order(a.name, b.name)),
  };
}

function driftOf(seen: string[], allowed: string[] | null): TypeDrift['kind'] | null {
  if (allowed !== null && seen.some((type) => !isTypeWithin(type, allowed))) return 'not_declared';
  const kinds = new Set(seen.filter((type) => type !== 'null').map(widened));
  return kinds.size > 1 ? 'mixed' : null;
}

const widened = (type: string) => (type === 'integer' ? 'number' : type);
const sum = (types: Map<string, number>) => [...types.values()].reduce((a, b) => a + b, 0);
const shareOf = (events: number, sampled: number) =>
  sampled === 0 ? 0 : Number((events / sampled).toFixed(SHARE_DIGITS));
const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
