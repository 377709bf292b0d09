/**
 * The shape of one visit before, during and after it. Types only.
 * Imported only inside `cli/shop`.
 */
import type { JsonObject } from '../../contracts/json.js';
import type { Arrival } from './arrivals.js';
import type { Cast, Intent } from './audience.js';
import type { Browser } from './browser.js';
import type { Order, OrderLine } from './orders.js';
import type { Person } from './people.js';
import type { PersonalData } from './personal-data.js';
import type { Random } from './prng.js';

/** Everything that is decided before a visit begins. */
export interface VisitPlan extends Cast {
  intent: Intent;
  arrival: Arrival;
  startMs: number;
  isSale: boolean;
}

/** What a visit leaves behind: its events in order of time, and its order if there is one. */
export interface Visit {
  events: JsonObject[];
  endMs: number;
  order?: Order;
  /** Who signed up during the visit, in the checkout or without one. */
  registered?: Person;
}

/** A visitor on the way through the shop, as the parts of a visit see them. */
export interface Shopper {
  readonly plan: VisitPlan;
  readonly browser: Browser;
  readonly random: Random;
  readonly personalData: PersonalData;
  readonly cart: OrderLine[];
}
