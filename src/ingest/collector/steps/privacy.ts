/** Step 4, privacy: personal data becomes tokens; the originals go to the vault by subject. */
import type { JsonObject, JsonValue } from '../../../contracts/json.js';
import type { Tokeniser } from '../../../platform/vault/tokeniser.js';
import type { PersonalValue } from '../../../platform/vault/vault.js';
import { protectEvent, type Original } from '../../privacy/protect.js';
import type { Facts } from '../outcome.js';
import { textAt } from './enrich.js';
import { isObject } from './parse.js';

export interface ProtectedEvent {
  body: JsonObject;
  originals: Original[];
}

export function protect(event: JsonObject, tokeniser: Tokeniser): ProtectedEvent {
  const { event: body, originals } = protectEvent(event, tokeniser);
  return { body, originals };
}

/** What a batch holds in an event's place may be anything; an object is protected as an event. */
export function protectAny(
  value: JsonValue,
  tokeniser: Tokeniser,
): { body: JsonValue; originals: Original[] } {
  if (isObject(value)) return protect(value, tokeniser);
  const { body, originals } = protect({ value }, tokeniser);
  return { body: body['value'] ?? null, originals };
}

/** The facts hold what visitors typed into links; they pass the same function. */
export function protectFacts(facts: Facts, tokeniser: Tokeniser): Facts {
  const { utm, click, referrerHost: host } = facts;
  const { event } = protectEvent({ utm, click: click.id, host }, tokeniser);
  return {
    ...facts,
    utm: event['utm'] as Facts['utm'],
    click: { name: click.name, id: textAt(event, 'click') },
    referrerHost: textAt(event, 'host'),
  };
}

/** An index of the vault holds both; the contracts know no longer id. */
const MAX_SUBJECT_CHARACTERS = 200;
const MAX_FIELD_CHARACTERS = 400;

/** Whose data it is: the customer, else the browser. Both are free of personal data by now. */
export function personalValues(body: JsonValue, originals: Original[]): PersonalValue[] {
  const ids = isObject(body) ? body : {};
  const whole = textAt(ids, 'userId') || textAt(ids, 'anonymousId') || 'unknown';
  const subject = cut(whole, MAX_SUBJECT_CHARACTERS);
  return originals.map(({ kind, field, token, value }) => ({
    subject,
    kind,
    field: cut(field, MAX_FIELD_CHARACTERS),
    token,
    value,
  }));
}

const cut = (text: string, characters: number) => text.slice(0, characters).toWellFormed();
