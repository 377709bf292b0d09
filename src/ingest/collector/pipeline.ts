/**
 * The collector, top to bottom. Every event takes these steps in this order:
 *
 *   1 parse and bound   what cannot be read safely never reaches code that recurses or stores
 *   2 authenticate      before any work is spent on the events
 *   3 enrich            needs the raw address, user agent and URL
 *   4 privacy           nothing after this line ever sees personal data
 *   5 validate          so that what is rejected is kept free of personal data too
 *   6 write             vault first, so that no stored token lacks its original
 */
import { CodedError } from '../../contracts/errors.js';
import type { JsonObject, JsonValue } from '../../contracts/json.js';
import type { ApiKeys } from '../../platform/auth/api-keys.js';
import type { Telemetry } from '../../platform/telemetry/telemetry.js';
import type { Tokeniser } from '../../platform/vault/tokeniser.js';
import type { Vault } from '../../platform/vault/vault.js';
import type { ContractRegistry } from './contract-registry.js';
import type { Acknowledgement, EventProblem, Outcome, Reason, RequestFacts } from './outcome.js';
import { authenticate } from './steps/authenticate.js';
import { findProblem, MAX_EVENT_BYTES } from './steps/bound.js';
import { enrich, textAt, type Enrichers } from './steps/enrich.js';
import { isObject, parseCall, type Call } from './steps/parse.js';
import { personalValues, protect, protectAny, protectFacts } from './steps/privacy.js';
import { validate } from './steps/validate.js';
import type { WriteStep } from './steps/write.js';

export interface CollectorParts extends Enrichers {
  keys: ApiKeys;
  tokeniser: Tokeniser;
  vault: Vault;
  contracts: ContractRegistry;
  writeStep: WriteStep;
  telemetry: Telemetry;
  reportingCurrency: string;
}

export interface CollectCall {
  call: Call;
  body: unknown;
  bodyBytes: number;
  authorization: string | undefined;
  facts: Omit<RequestFacts, 'sentAt'>;
}

export class Collector {
  constructor(private readonly parts: CollectorParts) {}

  /** Takes one call; answers when all of it is durable. Throws coded errors for the request. */
  async collect({ call, body, bodyBytes, ...request }: CollectCall): Promise<Acknowledgement> {
    const { events, writeKey, sentAt } = parseCall(call, body);
    const caller = await authenticate(this.parts.keys, request.authorization, writeKey);
    const facts: RequestFacts = { ...request.facts, sentAt };
    const outcomes = events.map((event) => {
      // In a body no larger than one event may be, no event can be too large.
      const bytes = bodyBytes <= MAX_EVENT_BYTES ? bodyBytes : sizeOf(event);
      return this.take(event, bytes, facts, call === 'batch');
    });
    return this.store(outcomes, caller.source, facts.receivedAt);
  }

  /**
   * Takes events that came by another way than HTTP, such as a file; answers when they are durable,
   * with the reasons for each that broke its contract or could not be read.
   */
  async load(events: JsonObject[], source: string, receivedAt: Date): Promise<Reason[][]> {
    const facts: RequestFacts = { receivedAt, headers: {}, ip: '', sentAt: undefined };
    const outcomes = events.map((event) => this.take(event, sizeOf(event), facts, true));
    await this.store(outcomes, source, receivedAt);
    return outcomes.map((taken) => (taken.outcome === 'rejected' ? taken.event.reasons : []));
  }

  private async store(
    outcomes: Outcome[],
    source: string,
    receivedAt: Date,
  ): Promise<Acknowledgement> {
    const values = outcomes.flatMap(({ event }) => personalValues(event.body, event.originals));
    await this.parts.vault.store(values, receivedAt);
    const { reportingCurrency } = this.parts;
    const context = { source, receivedAt, reportingCurrency };
    const acknowledgement = await this.parts.writeStep.write(outcomes, context);
    this.count(acknowledgement);
    return acknowledgement;
  }

  /** Bound, enrich, privacy, validate. In a batch a bad event is rejected, alone it is the answer. */
  private take(event: JsonValue, bytes: number, facts: RequestFacts, isBatch: boolean): Outcome {
    const problem = findProblem(event, bytes);
    if (problem || !isObject(event)) {
      return this.reject(event, problem ?? NOT_AN_OBJECT, isBatch);
    }
    const named = this.withCanonicalName(event);
    const enriched = enrich(named, facts, this.parts);
    if ('code' in enriched) return this.reject(named, enriched, isBatch);
    const { body, originals } = protect(named, this.parts.tokeniser);
    const { contract, version, reasons } = validate(body, this.parts.contracts);
    if (reasons.length > 0) {
      return { outcome: 'rejected', event: { body, originals, contract, reasons } };
    }
    const protectedFacts = protectFacts(enriched, this.parts.tokeniser);
    return {
      outcome: 'ok',
      event: { body, facts: protectedFacts, originals, contract, contractVersion: version },
    };
  }

  /** A rejected event is kept whole as well, but never with personal data in the clear. */
  private reject(event: JsonValue, problem: EventProblem, isBatch: boolean): Outcome {
    if (!isBatch) throw new CodedError(problem.code, problem.detail);
    const reasons: Reason[] = [{ code: problem.code, path: '', message: problem.detail }];
    const { body, originals } = protectAny(event, this.parts.tokeniser);
    return { outcome: 'rejected', event: { body, originals, contract: '', reasons } };
  }

  private withCanonicalName(event: JsonObject): JsonObject {
    const name = textAt(event, 'event');
    const canonical = this.parts.contracts.canonicalEventName(name);
    // SDKs leave the properties of a bare event out, or send null.
    const isBare = event['properties'] === null || event['properties'] === undefined;
    const isTrack = textAt(event, 'type') === 'track';
    return {
      ...event,
      ...(isBare && (isTrack || event['properties'] === null) ? { properties: {} } : {}),
      ...(name === '' ? {} : { event: canonical }),
    };
  }

  private count({ accepted, rejected, duplicates }: Acknowledgement): void {
    const { eventsTotal } = this.parts.telemetry;
    eventsTotal.inc({ outcome: 'accepted' }, accepted);
    eventsTotal.inc({ outcome: 'rejected' }, rejected);
    eventsTotal.inc({ outcome: 'duplicate' }, duplicates);
  }
}

const NOT_AN_OBJECT: EventProblem = {
  code: 'invalid_event',
  detail: 'The event is not a JSON object.',
};

function sizeOf(event: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(event));
}
