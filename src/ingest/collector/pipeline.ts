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
import type { ApiKeys, Caller } from '../../platform/auth/api-keys.js';
import type { RateLimits } from '../../platform/limits/rate-limits.js';
import type { Telemetry } from '../../platform/telemetry/telemetry.js';
import type { Tokeniser } from '../../platform/vault/tokeniser.js';
import type { Vault } from '../../platform/vault/vault.js';
import type { ContractRegistry } from './contract-registry.js';
import type {
  Acknowledgement,
  EventProblem,
  Examination,
  Facts,
  Outcome,
  Reason,
  RequestFacts,
} from './outcome.js';
import { authenticate, type Credentials } from './steps/authenticate.js';
import { findProblem, MAX_EVENT_BYTES, sizeOf } from './steps/bound.js';
import { enrich, textAt, type Enrichers } from './steps/enrich.js';
import { isObject, parseCall, UnreadableLine, type Call } from './steps/parse.js';
import { personalValues, protect, protectAny, protectFacts } from './steps/privacy.js';
import { validate } from './steps/validate.js';
import type { WriteStep } from './steps/write.js';

export interface CollectorParts extends Enrichers {
  keys: ApiKeys;
  rateLimits: RateLimits;
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

/** After so many events others have a turn; one event takes some 50 µs. */
const EVENTS_A_TURN = 100;
/** What trying a key that is not known costs an address of its allowance. */
const UNKNOWN_KEY_COST = 20;

export class Collector {
  constructor(private readonly parts: CollectorParts) {}

  /** Takes one call; answers when all of it is durable. Throws coded errors for the request. */
  async collect(call: CollectCall): Promise<Acknowledgement> {
    const { outcomes, caller } = await this.takeAll(call, !isSingle(call.call));
    return this.store(outcomes, caller.source, call.facts.receivedAt);
  }

  /** What would become of each event of a call, with all reasons; nothing is stored. */
  async examine(call: CollectCall): Promise<Examination[]> {
    const { outcomes } = await this.takeAll(call, true);
    return outcomes.map(({ outcome, event }, index) => ({
      index,
      outcome: outcome === 'ok' ? 'accepted' : 'rejected',
      contract: event.contract,
      reasons: 'reasons' in event ? event.reasons : [],
    }));
  }

  private async takeAll(
    { call, body, bodyBytes, authorization, facts: known }: CollectCall,
    isBatch: boolean,
  ): Promise<{ outcomes: Outcome[]; caller: Caller }> {
    const { events, writeKey, sentAt } = parseCall(call, body);
    const origin = known.headers['origin'];
    const credentials = { authorization, writeKey, origin: textOf(origin) };
    const caller = await this.authenticate(credentials, known.ip);
    await this.parts.rateLimits.takeForKey(caller.keyId, events.length);
    const facts: RequestFacts = { ...known, sentAt };
    const outcomes: Outcome[] = [];
    for (const event of events) {
      if (outcomes.length > 0 && outcomes.length % EVENTS_A_TURN === 0) await turn();
      outcomes.push(this.takeSent(event, bodyBytes, facts, isBatch));
    }
    return { outcomes, caller };
  }

  /** Whoever tries keys at random runs out of allowance soon. */
  private async authenticate(credentials: Credentials, address: string): Promise<Caller> {
    try {
      return await authenticate(this.parts.keys, credentials);
    } catch (error) {
      if (error instanceof CodedError && error.code === 'unauthorized') {
        await this.parts.rateLimits.takeForAddress(address, UNKNOWN_KEY_COST);
      }
      throw error;
    }
  }

  private takeSent(
    event: JsonValue | UnreadableLine,
    bodyBytes: number,
    facts: RequestFacts,
    isBatch: boolean,
  ): Outcome {
    if (event instanceof UnreadableLine) return this.reject(null, event.problem, isBatch);
    // In a body no larger than one event may be, no event can be too large.
    const bytes = bodyBytes <= MAX_EVENT_BYTES ? bodyBytes : sizeOf(event);
    return this.take(event, bytes, facts, isBatch);
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

  /**
   * Takes the steps again for an event that was rejected, up to the writing. `known` are the facts
   * that it arrived with; without them only what it says itself can be found out. What has passed
   * the bounds has no size any more, since the privacy step changed it.
   */
  retake(event: JsonValue, receivedAt: Date, known: Facts | null): Outcome {
    const facts: RequestFacts = { receivedAt, headers: {}, ip: '', sentAt: undefined };
    return this.take(event, known ? 0 : sizeOf(event), facts, true, known);
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
    const robots = outcomes.filter(({ event }) => event.facts?.is_bot === true);
    if (robots.length > 0) this.parts.telemetry.botEventsTotal.inc(robots.length);
    return acknowledgement;
  }

  /** Bound, enrich, privacy, validate. In a batch a bad event is rejected, alone it is the answer. */
  private take(
    event: JsonValue,
    bytes: number,
    facts: RequestFacts,
    isBatch: boolean,
    known: Facts | null = null,
  ): Outcome {
    const problem = findProblem(event, bytes);
    if (problem || !isObject(event)) {
      return this.reject(event, problem ?? NOT_AN_OBJECT, isBatch);
    }
    const named = this.withCanonicalName(event);
    const enriched = known ?? enrich(named, facts, this.parts);
    if ('code' in enriched) return this.reject(named, enriched, isBatch);
    const { body, originals } = protect(named, this.parts.tokeniser);
    const protectedFacts = protectFacts(enriched, this.parts.tokeniser);
    const { contract, version, reasons } = validate(body, this.parts.contracts);
    if (reasons.length > 0) {
      const event = { body, originals, contract, reasons, facts: protectedFacts };
      return { outcome: 'rejected', event };
    }
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
    return { outcome: 'rejected', event: { body, originals, contract: '', reasons, facts: null } };
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

const isSingle = (call: Call) => call !== 'batch' && call !== 'lines';

const textOf = (header: string | string[] | undefined) =>
  typeof header === 'string' ? header : undefined;

const turn = () => new Promise((resolve) => setImmediate(resolve));
