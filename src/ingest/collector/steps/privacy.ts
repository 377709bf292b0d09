/** Step 4, privacy: personal data becomes tokens; the originals go to the vault by subject. */
import type { JsonObject } from '../../../contracts/json.js';
import type { Tokeniser } from '../../../platform/vault/tokeniser.js';
import type { PersonalValue } from '../../../platform/vault/vault.js';
import { protectEvent, type Original } from '../../privacy/protect.js';
import type { Facts } from '../outcome.js';
import { textAt } from './enrich.js';

export interface ProtectedEvent {
  body: JsonObject;
  originals: Original[];
}

export function protect(event: JsonObject, tokeniser: Tokeniser): ProtectedEvent {
  const { event: body, originals } = protectEvent(event, tokeniser);
  return { body, originals };
}

/** The facts hold what visitors typed into links; they pass the same function. */
export function protectFacts(facts: Facts, tokeniser: Tokeniser): Facts {
  const { event } = protectEvent({ utm: facts.utm, host: facts.referrerHost }, tokeniser);
  return { ...facts, utm: event['utm'] as Facts['utm'], referrerHost: textAt(event, 'host') };
}

/** Whose data it is: the customer, else the browser. Both are free of personal data by now. */
export function personalValues(body: JsonObject, originals: Original[]): PersonalValue[] {
  const subject = textAt(body, 'userId') || textAt(body, 'anonymousId') || 'unknown';
  return originals.map(({ kind, field, token, value }) => ({ subject, kind, field, token, value }));
}
