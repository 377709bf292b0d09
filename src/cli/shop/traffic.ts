/**
 * Visit after visit: draws how each begins, who it is and how far it goes, and keeps the memory of
 * people between visits. The simulation and the live trickle are both made of it.
 * Imported only inside `cli/shop`.
 */
import { arrive, relativeAppetite } from './arrivals.js';
import { Audience, type Intent } from './audience.js';
import { People } from './people.js';
import { PersonalData } from './personal-data.js';
import type { Random } from './prng.js';
import { Session } from './session.js';
import type { Visit } from './visit.js';

const INTENTS: Record<Intent, number> = {
  bounce: 0.42,
  browse: 0.28,
  'sign up': 0.028,
  'fill cart': 0.07,
  'start checkout': 0.03,
  buy: 0.125,
};
const SALE_APPETITE = 1.15;
const BREAK_MS = 30 * 60_000;

/** What sets two populations of visitors apart. */
export interface TrafficOptions {
  orderPrefix: string;
  /** Goes into user ids and e-mails. */
  tag?: string;
  /** How long a customer waits at least before buying again. */
  repeatGapMs?: number;
}

/** An endless supply of visits. */
export class Traffic {
  readonly personalData: PersonalData;
  private readonly audience: Audience;
  private orders = 0;

  constructor(
    private readonly random: Random,
    private readonly options: TrafficOptions,
  ) {
    this.personalData = new PersonalData(random);
    this.audience = new Audience(random, new People(random, options.tag), options.repeatGapMs);
  }

  /** The next visit. Call with ascending start times, in epoch ms. */
  next(startMs: number, isSale: boolean): Visit {
    const arrival = arrive(this.random, isSale);
    const appetite = relativeAppetite(arrival.channel) * (isSale ? SALE_APPETITE : 1);
    const intent = this.intent(appetite);
    const cast = this.audience.cast(intent, arrival.channel, startMs);
    const plan = { ...cast, arrival, intent, startMs, isSale };
    // A browser belongs to a person from the first log-in on, and the first one is the sign-up.
    const isUnknown = cast.person?.visitors.length === 0;
    const visit = new Session(plan, this.random, this.personalData, () => this.nextOrderId()).run();
    // A new visit within half an hour would be the same session to any analyst.
    cast.visitor.freeFromMs = visit.endMs + BREAK_MS;
    if (visit.order && cast.person) this.audience.rememberOrder(cast.person, visit.endMs);
    const isKnown = (cast.person?.visitors.length ?? 0) > 0;
    return { ...visit, registered: isUnknown && isKnown ? cast.person : undefined };
  }

  private intent(appetite: number): Intent {
    if (this.random.chance(INTENTS.buy * appetite)) return 'buy';
    const others = Object.entries(INTENTS) as [Intent, number][];
    return this.random.weighted(others.filter(([intent]) => intent !== 'buy'));
  }

  private nextOrderId(): string {
    this.orders += 1;
    return `${this.options.orderPrefix}${String(this.orders).padStart(6, '0')}`;
  }
}
