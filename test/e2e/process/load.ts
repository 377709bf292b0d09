/** Concurrent senders of batches whose message ids and orders are known, and what became of them. */
import type { JsonObject } from '../../../src/contracts/json.js';
import type { Random } from '../../../src/cli/shop/prng.js';

const SENDERS = 4;
const EVENTS_PER_BATCH = 20;
/** A page that is sent by hand is a robot's unless a browser sends it. */
export const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const REQUEST_MS_MAX = 15_000;

export interface Sent {
  messageIds: string[];
  /** Price × quantity of the batch's one order, in cents. */
  cents: number;
  orderId: string;
  end: 'acknowledged' | 'refused' | 'cut' | 'hung';
}

export interface Load {
  sent: Sent[];
  /** Answers when every sender has met its first refusal, cut or hang. */
  ended: Promise<void>;
}

/**
 * Sends until the service takes no more; `onAcknowledged` hears how many batches were
 * acknowledged so far, while the other senders' batches are under way.
 */
export function sendLoad(
  url: string,
  writeKey: string,
  name: string,
  random: Random,
  onAcknowledged: (batches: number) => void,
): Load {
  const sent: Sent[] = [];
  let acknowledged = 0;
  const send = async (sender: number) => {
    for (let number = 0; ; number += 1) {
      const { events, ...batch } = makeBatch(`${name}-${sender}-${number}`, random);
      const record: Sent = { ...batch, end: 'hung' };
      sent.push(record);
      record.end = await post(url, writeKey, events);
      if (record.end !== 'acknowledged') return;
      acknowledged += 1;
      onAcknowledged(acknowledged);
    }
  };
  const ended = Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
  return { sent, ended: ended.then(() => undefined) };
}

/** One post: acknowledged in full, refused in words, cut off, or never answered. */
export async function post(
  url: string,
  writeKey: string,
  batch: JsonObject[],
): Promise<Sent['end']> {
  try {
    const response = await fetch(`${url}/v1/batch`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': BROWSER,
        authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`,
      },
      body: JSON.stringify({ batch }),
      signal: AbortSignal.timeout(REQUEST_MS_MAX),
    });
    if (response.status === 503) return 'refused';
    const { accepted } = (await response.json()) as { accepted: number };
    if (response.status === 200 && accepted === batch.length) return 'acknowledged';
  } catch (error) {
    return (error as Error).name === 'TimeoutError' ? 'hung' : 'cut';
  }
  throw new Error('The collector answered what no sender expects.');
}

export function makeBatch(name: string, random: Random) {
  const price = random.integer(100, 9_999);
  const quantity = random.integer(1, 4);
  const orderId = `order-${name}`;
  const timestamp = new Date().toISOString();
  const events = Array.from({ length: EVENTS_PER_BATCH }, (_, index): JsonObject => {
    const shared = { messageId: `${name}-${index}`, anonymousId: `visitor-${name}`, timestamp };
    if (index > 0) return { ...shared, type: 'page', name: 'Home' };
    const products = [{ product_id: 'p1', name: 'Mug', price: price / 100, quantity }];
    const properties = { order_id: orderId, currency: 'USD', products };
    return { ...shared, type: 'track', event: 'Order Completed', properties };
  });
  const messageIds = events.map(({ messageId }) => String(messageId));
  return { events, messageIds, orderId, cents: price * quantity };
}

export const sumCents = (batches: readonly Sent[]) =>
  batches.reduce((sum, { cents }) => sum + cents, 0);

export const isAcknowledged = ({ end }: Sent) => end === 'acknowledged';
