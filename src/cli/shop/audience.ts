/**
 * Decides who visits: a stranger, a visitor from an earlier day, a customer, a returning buyer.
 * Imported only inside `cli/shop`.
 */
import type { Channel } from './arrivals.js';
import { HOUR_MS } from './calendar.js';
import type { People, Person, Visitor } from './people.js';
import { COUNTRIES, LOCALES, USER_AGENTS, type Country } from './places-and-names.js';
import type { Random } from './prng.js';

/** How far a visit goes. */
export type Intent = 'bounce' | 'browse' | 'sign up' | 'fill cart' | 'start checkout' | 'buy';

/** A browser, and who will log in with it during the visit, if anybody. */
export interface Cast {
  visitor: Visitor;
  person?: Person;
}

const GUEST_SHARE = 0.1;
const REPEAT_SHARE = 0.36;
const FIRST_ORDER_OF_REGISTERED_SHARE = 0.12;
const NEW_BROWSER_SHARE = 0.12;
const FAMILIAR_STRANGER_SHARE = 0.3;
const LOST_AFTER_ORDER_SHARE = 0.22;
/** Anonymous visitors are forgotten beyond this number, which keeps memory flat. */
const STRANGERS_MAX = 2_000;
const TRIES_MAX = 20;

/** Everybody who has been here, and the choice of who comes next. */
export class Audience {
  private readonly strangers: Visitor[] = [];
  private readonly customers: Person[] = [];
  private readonly registeredOnly: Person[] = [];
  /** One entry for each order, so that the loyal come more often than the rest. */
  private readonly buyers: Person[] = [];

  constructor(
    private readonly random: Random,
    private readonly people: People,
    private readonly repeatGapMs = 20 * HOUR_MS,
  ) {}

  /** Casts a visit that starts at `atMs`. */
  cast(intent: Intent, channel: Channel, atMs: number): Cast {
    if (intent === 'buy') return this.castBuyer(atMs);
    if (intent === 'sign up') return this.castNewPerson(atMs, false);
    if (this.random.chance(channel.knownShare)) {
      const person = this.findFree(this.customers, atMs);
      if (person) return { visitor: this.browserOf(person, atMs), person };
    }
    return { visitor: this.stranger(atMs) };
  }

  /** Remembers a person's order and whether the shop has now lost them. */
  rememberOrder(person: Person, atMs: number): void {
    person.orders += 1;
    person.lastOrderAtMs = atMs;
    if (!person.userId) return;
    person.isLost = this.random.chance(LOST_AFTER_ORDER_SHARE);
    this.buyers.push(person);
  }

  private castBuyer(atMs: number): Cast {
    const kind = this.random.next();
    if (kind < GUEST_SHARE) return this.castNewPerson(atMs, true);
    const isRepeat = kind < GUEST_SHARE + REPEAT_SHARE;
    const wantsRegistered = !isRepeat && this.random.chance(FIRST_ORDER_OF_REGISTERED_SHARE);
    const pool = isRepeat ? this.buyers : wantsRegistered ? this.registeredOnly : [];
    const person = this.findFree(pool, atMs);
    if (!person) return this.castNewPerson(atMs, false);
    return { visitor: this.browserOf(person, atMs), person };
  }

  private castNewPerson(atMs: number, isGuest: boolean): Cast {
    const visitor = this.stranger(atMs);
    const person = this.people.create(visitor.country, atMs, isGuest);
    if (!isGuest) {
      this.customers.push(person);
      this.registeredOnly.push(person);
    }
    return { visitor, person };
  }

  /** Somebody of the pool who is not here already; drops those who left the pool for good. */
  private findFree(pool: Person[], atMs: number): Person | undefined {
    for (let attempt = 0; attempt < TRIES_MAX && pool.length > 0; attempt++) {
      const index = this.random.integer(0, pool.length - 1);
      const person = pool[index] as Person;
      const hasLeftPool =
        (pool === this.buyers && person.isLost) ||
        (pool === this.registeredOnly && person.orders > 0);
      if (hasLeftPool) {
        pool[index] = pool.at(-1) as Person;
        pool.pop();
      } else if (this.isFree(person, atMs)) {
        return person;
      }
    }
    return undefined;
  }

  private isFree(person: Person, atMs: number): boolean {
    return (
      // Without a browser the person is still on the way to sign up.
      person.visitors.length > 0 &&
      person.visitors.every((visitor) => visitor.freeFromMs <= atMs) &&
      (person.orders === 0 || person.lastOrderAtMs + this.repeatGapMs <= atMs)
    );
  }

  private browserOf(person: Person, atMs: number): Visitor {
    const isNew = person.visitors.length < 3 && this.random.chance(NEW_BROWSER_SHARE);
    return isNew ? this.newVisitor(person.country, atMs) : this.random.pick(person.visitors);
  }

  private stranger(atMs: number): Visitor {
    if (this.strangers.length > 0 && this.random.chance(FAMILIAR_STRANGER_SHARE)) {
      const familiar = this.random.pick(this.strangers);
      if (!familiar.person && familiar.freeFromMs <= atMs) return familiar;
    }
    const visitor = this.newVisitor(this.random.weighted(COUNTRIES), atMs);
    if (this.strangers.length < STRANGERS_MAX) this.strangers.push(visitor);
    else this.strangers[this.random.integer(0, STRANGERS_MAX - 1)] = visitor;
    return visitor;
  }

  private newVisitor(country: Country, atMs: number): Visitor {
    return {
      anonymousId: this.random.uuid(),
      userAgent: this.random.weighted(USER_AGENTS),
      locale: this.random.pick(LOCALES[country]),
      country,
      freeFromMs: atMs,
    };
  }
}
