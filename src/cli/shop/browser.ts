/**
 * Plays the tracking library in a visitor's browser: a clock, the current page, and the Segment
 * calls made from it. Imported only inside `cli/shop`.
 */
import type { JsonObject } from '../../contracts/json.js';
import type { Arrival } from './arrivals.js';
import type { Person, Visitor } from './people.js';
import type { PersonalData } from './personal-data.js';
import type { Random } from './prng.js';

const ORIGIN = 'https://shop.example.com';

/** A page to open; `query` goes into its URL, percent-encoded. */
export interface Page {
  name: string;
  path: string;
  category?: string;
  query?: Record<string, string>;
}

/** Collects the events of one visit in `events`, in ascending order of time. */
export class Browser {
  readonly events: JsonObject[] = [];
  private page: JsonObject = {};
  private referrer: string;
  private campaign?: JsonObject;
  private userId?: string;

  constructor(
    private readonly random: Random,
    private readonly personalData: PersonalData,
    readonly visitor: Visitor,
    arrival: Arrival,
    private clockMs: number,
  ) {
    this.referrer = arrival.referrer;
    this.campaign = arrival.campaign;
    // The library remembers who logged in here before, so the visit is known from its first page.
    if (visitor.person) this.userId = personalData.userId(visitor.person);
  }

  /** The time now, in epoch ms. */
  get nowMs(): number {
    return this.clockMs;
  }

  /** The id that the library sends now: undefined before a log-in. */
  get knownAs(): string | undefined {
    return this.userId;
  }

  /** Opens a page after the visitor has read the last one. */
  open({ name, path, category, query = {} }: Page): void {
    // The first page opens at once; later ones after a few seconds to two minutes.
    if (this.events.length > 0) {
      this.wait(4_000 + Math.floor(this.random.next() ** 2 * 110_000));
      this.campaign = undefined;
    }
    const parameters = Object.entries(query).map(
      ([key, value]) => `${key}=${encodeURIComponent(value)}`,
    );
    const search = parameters.length > 0 ? `?${parameters.join('&')}` : '';
    const url = `${ORIGIN}${path}${search}`;
    this.page = { url, path, search, referrer: this.referrer, title: `${name} | Example Shop` };
    this.referrer = url;
    this.send({
      type: 'page',
      name,
      ...(category ? { category } : {}),
      properties: { ...this.page, name, ...(category ? { category } : {}) },
    });
  }

  /** Something happens on the page, shortly after what happened before. */
  track(event: string, properties: JsonObject, waitMsMax = 1_500): void {
    this.wait(this.random.integer(150, waitMsMax));
    this.send({ type: 'track', event, properties });
  }

  /** The visitor logs in or, the first time, signs up. */
  identify(person: Person): void {
    this.wait(this.random.integer(3_000, 20_000));
    const isSignUp = person.visitors.length === 0;
    this.visitor.person = person;
    if (!person.visitors.includes(this.visitor)) person.visitors.push(this.visitor);
    this.userId = this.personalData.userId(person);
    const traits = this.personalData.traits(person, this.visitor.locale);
    this.send({ type: 'identify', traits });
    if (isSignUp) this.track('Signed Up', {});
  }

  private wait(ms: number): void {
    this.clockMs += ms;
  }

  private send(call: JsonObject): void {
    const { visitor } = this;
    this.events.push({
      ...call,
      messageId: this.random.uuid(),
      timestamp: new Date(this.clockMs).toISOString(),
      anonymousId: visitor.anonymousId,
      ...(this.userId ? { userId: this.userId } : {}),
      context: {
        library: { name: 'analytics.js', version: '2.11.1' },
        page: { ...this.page },
        userAgent: visitor.userAgent,
        locale: visitor.locale,
        location: { country: visitor.country },
        ...(this.campaign ? { campaign: { ...this.campaign } } : {}),
      },
    });
  }
}
