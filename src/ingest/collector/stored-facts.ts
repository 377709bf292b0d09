/**
 * The facts of an event as JSON beside its rejection, so that a replay stores what was known when
 * it arrived. Pure; for the collector's write step and for replays.
 */
import type { Facts } from './outcome.js';

/** What an event that is stored later must not find out anew. */
export interface StoredFacts {
  facts: Facts;
  /** The currency of amounts without one, on the day the event arrived. */
  reportingCurrency: string;
}

/** Facts must have passed the privacy step. */
export function writeFacts(stored: StoredFacts): string {
  return JSON.stringify(stored);
}

/** The inverse of {@link writeFacts}; null for the empty text of an event without facts. */
export function readFacts(text: string): StoredFacts | null {
  if (text === '') return null;
  const { facts, reportingCurrency } = JSON.parse(text) as StoredFacts;
  const occurredAt = new Date(facts.time.occurredAt);
  // Facts written before ad clicks were told lack them.
  const click = facts.click ?? { name: '', id: '' };
  return { facts: { ...facts, click, time: { ...facts.time, occurredAt } }, reportingCurrency };
}
