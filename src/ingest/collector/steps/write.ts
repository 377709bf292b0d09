/** Step 6, write: events and rejections as bronze rows, durable before the answer. */
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { JsonObject } from '../../../contracts/json.js';
import { toEngineInstant } from '../../../platform/warehouse/warehouse.js';
import type { BronzeWriter, EventRow, RejectedRow } from '../../bronze.writer.js';
import type {
  Acknowledgement,
  CollectedEvent,
  Facts,
  Outcome,
  Reason,
  RejectedEvent,
} from '../outcome.js';
import { writeFacts } from '../stored-facts.js';
import { objectAt, textAt } from './enrich.js';
import { messageIdOf } from './message-id.js';
import { isObject } from './parse.js';

/** How many recently stored events the answer's `duplicates` remembers; silver is the authority. */
const RECENT_EVENTS = 200_000;

export interface WriteContext {
  source: string;
  receivedAt: Date;
  reportingCurrency: string;
}

export class WriteStep {
  private readonly recent = new LRUCache<string, true>({ max: RECENT_EVENTS });

  constructor(private readonly bronze: BronzeWriter) {}

  async write(outcomes: Outcome[], context: WriteContext): Promise<Acknowledgement> {
    const rejected = outcomes
      .filter((outcome) => outcome.outcome === 'rejected')
      .map(({ event }) => rejectedRow(event, context));
    const accepted = outcomes.filter((outcome) => outcome.outcome === 'ok');
    const collected = accepted.map(({ event }) => eventRow(event, context));
    const refusals = await this.bronze.writeEvents(collected);
    const refused = refusals.map(({ index, reason }) =>
      refusedRow(collected[index]!, reason, factsText(accepted[index]!.event.facts, context)),
    );
    await this.bronze.writeRejected([...rejected, ...refused]);
    const refusedIndexes = new Set(refusals.map(({ index }) => index));
    const stored = collected.filter((_, index) => !refusedIndexes.has(index));
    const duplicates = this.countRepeated(stored);
    return {
      success: true,
      accepted: stored.length - duplicates,
      rejected: rejected.length + refused.length,
      duplicates,
    };
  }

  /** How many of the stored rows were stored before; they stand in bronze all the same. */
  private countRepeated(rows: EventRow[]): number {
    let repeated = 0;
    for (const row of rows) {
      const key = recentKey(row);
      if (this.recent.has(key)) repeated += 1;
      else this.recent.set(key, true);
    }
    return repeated;
  }
}

/** What silver tells repetitions by. */
const recentKey = (row: EventRow) => `${row.source}\0${row.message_id}\0${row.original_date}`;

/** The row of an event; `idOtherwise` is for one whose id would be a fresh one each time. */
export function eventRow(
  collected: CollectedEvent,
  context: WriteContext,
  idOtherwise?: string,
): EventRow {
  const { body, facts, contractVersion } = collected;
  const { time, utm } = facts;
  return {
    source: context.source,
    message_id: messageIdOf(context.source, body, idOtherwise),
    call: textAt(body, 'type'),
    event: textAt(body, 'event'),
    contract_version: contractVersion,
    anonymous_id: textAt(body, 'anonymousId'),
    user_id: textAt(body, 'userId'),
    occurred_at: toEngineInstant(time.occurredAt),
    original_date: time.originalDate,
    has_client_timestamp: time.hasClientTimestamp,
    received_at: toEngineInstant(context.receivedAt),
    country: facts.country,
    device_type: facts.device_type,
    os: facts.os,
    browser: facts.browser,
    channel: facts.channel,
    page_path: pagePath(body),
    referrer_host: facts.referrerHost,
    utm_source: utm.source,
    utm_medium: utm.medium,
    utm_campaign: utm.campaign,
    utm_term: utm.term,
    utm_content: utm.content,
    currency: currencyOf(body, context.reportingCurrency),
    is_bot: facts.is_bot,
    click_id_name: facts.click.name,
    click_id: facts.click.id,
    payload: JSON.stringify(body),
  };
}

function rejectedRow(rejected: RejectedEvent, context: WriteContext): RejectedRow {
  const body = isObject(rejected.body) ? rejected.body : {};
  return {
    rejection_id: freshRejectionId(),
    source: context.source,
    message_id: textAt(body, 'messageId'),
    event: textAt(body, 'event') || textAt(body, 'type'),
    received_at: toEngineInstant(context.receivedAt),
    contract: rejected.contract,
    reasons: JSON.stringify(rejected.reasons),
    facts: factsText(rejected.facts, context),
    payload: JSON.stringify(rejected.body),
  };
}

function refusedRow(row: EventRow, reason: string, facts: string): RejectedRow {
  const reasons = [refusalReason(reason)];
  return {
    rejection_id: freshRejectionId(),
    source: row.source,
    message_id: row.message_id,
    event: row.event || row.call,
    received_at: row.received_at,
    contract: '',
    reasons: JSON.stringify(reasons),
    facts,
    payload: row.payload,
  };
}

/** What is said of a row that the engine refused; `code` is the engine's. */
export function refusalReason(code: string): Reason {
  return { code, path: '', message: 'The warehouse refused the row.' };
}

/** Of its own for each, since two events alike may both be meant. In the form of the old ones. */
const freshRejectionId = () => randomUUID().replaceAll('-', '');

const factsText = (facts: Facts | null, { reportingCurrency }: WriteContext) =>
  facts === null ? '' : writeFacts({ facts, reportingCurrency });

/** The path of the page as told, else of its address; of an app's screen its name. */
function pagePath(body: JsonObject): string {
  const properties = objectAt(body, 'properties');
  const page = objectAt(objectAt(body, 'context'), 'page');
  const path = textAt(page, 'path') || textAt(properties, 'path');
  if (path !== '') return path.split(/[?#]/)[0]!;
  const url = textAt(page, 'url') || textAt(properties, 'url');
  if (URL.canParse(url)) return new URL(url).pathname;
  return textAt(body, 'type') === 'screen' ? textAt(body, 'name') : '';
}

/** An amount without a currency is in the reporting currency of the day it arrived. */
function currencyOf(body: JsonObject, reportingCurrency: string): string {
  const currency = textAt(objectAt(body, 'properties'), 'currency').toUpperCase();
  return /^[A-Z]{3}$/.test(currency) ? currency : reportingCurrency;
}
