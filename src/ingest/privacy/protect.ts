/**
 * The privacy step: personal values leave the event and tokens take their places. Collector,
 * webhooks and sources all pass through here before anything is written, so that one customer has
 * one token from every side. Pure: no I/O, no clock, and the input is never changed.
 */
import type { JsonObject, JsonValue } from '../../contracts/json.js';
import type { Tokeniser } from '../../platform/vault/tokeniser.js';
import {
  isNetworkAddressKey,
  normaliseKey,
  personalKind,
  ROOT_SCOPE,
  scopeUnder,
  type Scope,
} from './keys.js';
import { Ledger, type Original } from './ledger.js';
import { CARD_MARK, isCardKey, isCardNumber } from './payment-numbers.js';
import { TextProtector } from './text.js';

export type { Original } from './ledger.js';

/** An event without personal data, and what was taken out of it. */
export interface Protected {
  event: JsonObject;
  originals: Original[];
}

/** Traits that stay: they describe a market or a contract, and no one person. */
const KEPT_TRAITS: ReadonlySet<string> = new Set([
  'country',
  'language',
  'plan',
  'createdat',
  'id',
  'userid',
]);

/** Where a value stands: its (normalised) key, its dotted path and the scope of its object. */
interface Place {
  key: string;
  field: string;
  scope: Scope;
}

const join = (field: string, key: string): string => (field === '' ? key : `${field}.${key}`);

class EventProtector {
  private readonly text: TextProtector;

  constructor(private readonly ledger: Ledger) {
    this.text = new TextProtector(ledger);
  }

  object(source: JsonObject, field: string, scope: Scope, isTraits = false): JsonObject {
    // Without a prototype `__proto__` is a key like any other and cannot be lost. Where it is not
    // among the keys an object of the common kind will do, with which the engine is faster.
    const isCommon = !Object.hasOwn(source, '__proto__');
    const result = (isCommon ? {} : Object.create(null)) as JsonObject;
    const repeats = new Map<string, number>();
    for (const [name, value] of Object.entries(source)) {
      const key = normaliseKey(name);
      if (value === undefined || isNetworkAddressKey(key)) continue;
      const safeName = this.uniqueName(this.text.protect(name, '', field), result, repeats);
      const place = { key, field: join(field, safeName), scope };
      if (isTraits && !KEPT_TRAITS.has(key) && personalKind(key, scope) === undefined) {
        this.ledger.record('trait', JSON.stringify(value), place.field);
      } else {
        const kept = this.child(value, place);
        if (kept !== undefined) result[safeName] = kept;
      }
    }
    return result;
  }

  /** Two spellings of one e-mail are two keys and one token; the second must not erase the first. */
  private uniqueName(name: string, result: JsonObject, repeats: Map<string, number>): string {
    let unique = name;
    while (Object.hasOwn(result, unique)) {
      const repeat = (repeats.get(name) ?? 1) + 1;
      repeats.set(name, repeat);
      unique = `${name}_${repeat}`;
    }
    return unique;
  }

  private child(value: JsonValue, place: Place): JsonValue | undefined {
    const { key, field } = place;
    if (key === 'traits' && /^(?:context\.)?traits$/i.test(field) && value !== null) {
      return this.traits(value, place);
    }
    return this.value(value, key, field, place.scope);
  }

  private traits(value: JsonValue, { key, field, scope }: Place): JsonObject | undefined {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return this.object(value, field, scopeUnder(key, scope), true);
    }
    // Traits of another shape have no keys that could be allowed, so none of them stays.
    this.ledger.record('trait', JSON.stringify(value), field);
    return undefined;
  }

  private value(value: JsonValue, key: string, field: string, scope: Scope): JsonValue {
    if (value === null || typeof value === 'boolean') return value;
    if (Array.isArray(value)) {
      return value.map((element, index) =>
        this.value(element, key, join(field, `${index}`), scope),
      );
    }
    if (typeof value === 'object') return this.object(value, field, scopeUnder(key, scope));
    const kind = personalKind(key, scope);
    if (kind !== undefined) return this.ledger.replaceWhole(kind, String(value), field);
    if (typeof value === 'string') return this.text.protect(value, key, field);
    return isCardKey(key) && isCardNumber(String(value)) ? CARD_MARK : value;
  }
}

/**
 * Replaces everything personal in a Segment call by tokens and reports the originals.
 *
 * E-mails, phones, a person's names, addresses and birthdays become tokens wherever they stand: by
 * the name of their key, by their shape in any string or key, and by the parameter in a URL. IP
 * addresses are dropped; traits that are not allow-listed are dropped and reported. Protecting a result again changes nothing.
 */
export function protectEvent(event: JsonObject, tokeniser: Tokeniser): Protected {
  const ledger = new Ledger(tokeniser);
  const result = new EventProtector(ledger).object(event, '', ROOT_SCOPE);
  return { event: result, originals: ledger.originals() };
}
