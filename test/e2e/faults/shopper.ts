/** A shop's server under way: it tells by Segment's SDK what its visitors do, and the SDK retries. */
import { Analytics } from '@segment/analytics-node';
import { closeAfterAll } from '../../support/stores.js';

export interface Shopper {
  /** Message ids, in the order of their making. */
  sent: string[];
  acknowledged: string[];
  /** What the SDK gave up. */
  failed: unknown[];
  /** Makes no more, and answers when the SDK has delivered all, or given up. */
  finish(): Promise<void>;
}

const VISIT_EVERY_MS = 40;
const FLUSH_AT = 15;
const RETRIES = 20;

/** Visits begin at once; each is four events, one with personal data that no other visit has. */
export function startShopper(
  url: string,
  writeKey: string,
  name: string,
  deliveryMsMax = 90_000,
): Shopper {
  const analytics = new Analytics({
    ...{ host: url, writeKey, flushAt: FLUSH_AT, maxRetries: RETRIES },
    flushInterval: 200,
  });
  const shopper = { sent: [] as string[], acknowledged: [] as string[], failed: [] as unknown[] };
  const expectAnswer = (messageId: string) => {
    shopper.sent.push(messageId);
    return (error?: unknown) => {
      if (error) shopper.failed.push(error);
      else shopper.acknowledged.push(messageId);
    };
  };
  let visits = 0;
  const timer = setInterval(() => {
    visits += 1;
    visit(analytics, `${name}-${visits}`, expectAnswer);
  }, VISIT_EVERY_MS);
  // Whatever became of the spec, nothing is made or retried after it.
  closeAfterAll(async () => {
    clearInterval(timer);
    await analytics.closeAndFlush({ timeout: 1 });
  });
  return {
    ...shopper,
    finish: async () => {
      clearInterval(timer);
      await analytics.flush({ timeout: deliveryMsMax });
    },
  };
}

function visit(
  sdk: Analytics,
  label: string,
  expectAnswer: (messageId: string) => (error?: unknown) => void,
): void {
  const anonymousId = `visitor-${label}`;
  const [page, viewed, identify, placed] = ['page', 'viewed', 'identify', 'order'].map(
    (kind) => `${label}-${kind}`,
  ) as [string, string, string, string];
  const product = { product_id: 'p1', name: 'Mug', price: 12.34, currency: 'USD' };
  const products = [{ product_id: 'p1', name: 'Mug', price: 12.34, quantity: 3 }];
  const order = { order_id: `order-${label}`, currency: 'USD', products };
  const traits = { email: `${label}@example.com` };
  sdk.page({ messageId: page, anonymousId, name: 'Home' }, expectAnswer(page));
  sdk.track(
    { messageId: viewed, anonymousId, event: 'Product Viewed', properties: product },
    expectAnswer(viewed),
  );
  sdk.identify({ messageId: identify, anonymousId, userId: label, traits }, expectAnswer(identify));
  sdk.track(
    { messageId: placed, anonymousId, event: 'Order Completed', properties: order },
    expectAnswer(placed),
  );
}
