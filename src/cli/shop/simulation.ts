/**
 * A believable shop over a range of days as Segment tracking calls, with the sales that a correct
 * warehouse must find in them. Imported by the CLI's demo command and by tests.
 */
import type { JsonObject } from '../../contracts/json.js';
import { Calendar, DAY_MS, HOUR_MS } from './calendar.js';
import { Ledger, type ExpectedSales } from './ledger.js';
import { orderProperties, refundOrder, type Order, type Refund } from './orders.js';
import type { Person } from './people.js';
import { Random } from './prng.js';
import { Traffic } from './traffic.js';

export type { ExpectedSales } from './ledger.js';

/** `until` is the last day, inclusive, as `YYYY-MM-DD` in UTC; `days` reach back from it. */
export interface SimulationOptions {
  seed: number;
  days: number;
  until: string;
}

/** The shop's own books: told of what happens as the events are drawn, in the order of the draws. */
export interface ShopObserver {
  onRegistered(person: Person): void;
  onPlaced(order: Order): void;
  /** At most once for an order, which then is not cancelled. */
  onRefunded(order: Order, refund: Refund, atMs: number): void;
  /** At most once for an order, which then is not refunded. */
  onCancelled(order: Order, atMs: number): void;
}

/** What happens to an order after it was placed. */
interface AfterSale {
  atMs: number;
  kind: 'refund' | 'cancel';
  order: Order;
}

/** A few refunds fall after the range and do not happen; about 4 % of orders see one. */
const REFUND_SHARE = 0.0455;
const CANCEL_SHARE = 0.02;

/**
 * The same options give the same events, byte for byte. About 1,350 events and 28 orders a day.
 * @throws Error from the constructor for a bad seed, number of days or last day.
 */
export class ShopSimulation {
  private readonly calendar: Calendar;
  private readonly seed: number;
  private finished?: { ledger: Ledger; traffic: Traffic };

  constructor(options: SimulationOptions) {
    this.calendar = new Calendar(options.days, options.until);
    this.seed = options.seed;
    // The seed is checked here, not first when the events are drawn.
    new Random(options.seed);
  }

  /**
   * The events, visit by visit in order of their first event; each call starts anew. Only people
   * and pending refunds are held in memory, never the events. An observer sees the same story
   * told as a shop's database has it, and changes nothing in it.
   */
  *events(observer?: ShopObserver): Generator<JsonObject> {
    this.finished = undefined;
    const random = new Random(this.seed);
    const traffic = new Traffic(random, { orderPrefix: 'ORD-' });
    const ledger = new Ledger();
    const pending: AfterSale[] = [];
    for (let day = 0; day < this.calendar.days; day++) {
      for (const startMs of this.calendar.visitStarts(day, random)) {
        yield* this.afterSales(pending, startMs, random, ledger, observer);
        const { events, order, registered } = traffic.next(startMs, this.calendar.isSale(day));
        if (registered) observer?.onRegistered(registered);
        if (order) {
          ledger.place(order);
          observer?.onPlaced(order);
          this.plan(order, pending, random);
        }
        ledger.events += events.length;
        yield* events;
      }
    }
    yield* this.afterSales(pending, this.calendar.endMs, random, ledger, observer);
    this.finished = { ledger, traffic };
  }

  /** The first moment of the range, in epoch ms. */
  get startMs(): number {
    return this.calendar.startMs;
  }

  /** What a correct warehouse reports. @throws Error before `events()` has been run through. */
  expected(): ExpectedSales {
    return this.run().ledger.expected();
  }

  /**
   * The personal data that stands in the events: e-mails in lower case (some events carry them in
   * mixed case), phones as sent. @throws Error before `events()` has been run through.
   */
  personalData(): { emails: string[]; phones: string[] } {
    return this.run().traffic.personalData.written();
  }

  private run(): { ledger: Ledger; traffic: Traffic } {
    if (!this.finished) throw new Error('Run through events() to its end first.');
    return this.finished;
  }

  /** Decides an order's fate at once; what would fall after the range does not happen. */
  private plan(order: Order, pending: AfterSale[], random: Random): void {
    const fate = random.next();
    if (fate >= REFUND_SHARE + CANCEL_SHARE) return;
    const kind = fate < REFUND_SHARE ? 'refund' : 'cancel';
    const [fromMs, toMs] = kind === 'refund' ? [DAY_MS, 20 * DAY_MS] : [HOUR_MS, 2 * DAY_MS];
    const atMs = order.placedAtMs + random.integer(fromMs, toMs);
    if (atMs >= this.calendar.endMs) return;
    pending.push({ atMs, kind, order });
    pending.sort((left, right) => left.atMs - right.atMs);
  }

  private *afterSales(
    pending: AfterSale[],
    beforeMs: number,
    random: Random,
    ledger: Ledger,
    observer?: ShopObserver,
  ): Generator<JsonObject> {
    while (pending[0] && pending[0].atMs < beforeMs) {
      const { atMs, kind, order } = pending.shift() as AfterSale;
      ledger.events += 1;
      if (kind === 'refund') {
        const refund = refundOrder(order, random);
        ledger.refund(refund.goodsCents);
        observer?.onRefunded(order, refund, atMs);
        yield serverEvent('Order Refunded', order, atMs, refund.properties, random);
      } else {
        ledger.cancel(order);
        observer?.onCancelled(order, atMs);
        const reason = random.pick(['customer', 'fraud', 'out of stock']);
        const amounts = orderProperties(order.lines, order.amounts);
        const properties = { order_id: order.orderId, reason, ...amounts };
        yield serverEvent('Order Cancelled', order, atMs, properties, random);
      }
    }
  }
}

/** An event of the shop's back office: no page, no browser, but the visitor's ids. */
function serverEvent(
  event: string,
  order: Order,
  atMs: number,
  properties: JsonObject,
  random: Random,
): JsonObject {
  return {
    type: 'track',
    event,
    properties,
    messageId: random.uuid(),
    timestamp: new Date(atMs).toISOString(),
    anonymousId: order.anonymousId,
    ...(order.userId ? { userId: order.userId } : {}),
    context: {
      library: { name: 'analytics-node', version: '2.3.0' },
      channel: 'server',
      location: { country: order.country },
    },
  };
}
