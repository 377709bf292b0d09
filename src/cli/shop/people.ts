/**
 * The people of the simulated shop and their browsers. Imported only inside `cli/shop`.
 */
import { slug, type Product } from './catalogue.js';
import { CITIES, FIRST_NAMES, LAST_NAMES, STREETS, type Country } from './places-and-names.js';
import type { Random } from './prng.js';

/** One browser: what a shop knows of a visitor before anybody logs in. */
export interface Visitor {
  anonymousId: string;
  userAgent: string;
  locale: string;
  country: Country;
  /** Who last logged in here; `undefined` while the browser is anonymous. */
  person?: Person;
  /** The browser is busy until then: visits of one browser do not overlap. */
  freeFromMs: number;
}

/** A customer, or a guest when `userId` is undefined. */
export interface Person {
  userId?: string;
  email: string;
  phone: string;
  firstName: string;
  lastName: string;
  street: string;
  city: string;
  postalCode: string;
  country: Country;
  birthday: string;
  registeredAtMs: number;
  visitors: Visitor[];
  orders: number;
  lastOrderAtMs: number;
  lastProduct?: Product;
  /** The customer will not come back to buy; real shops lose people without a goodbye. */
  isLost: boolean;
}

const FOOLISH_USER_ID_SHARE = 0.03;
/** Ofcom reserves +44 7700 900000 to 900999 for fiction; the area code +1 555 is never assigned. */
const BRITISH_PHONES = 1000;
/** A tagged population takes its phones from here on, away from those of the untagged one. */
const TAGGED_PHONES_FROM = 5_000_000;

/** Creates people with unique e-mails, phones and ids. `tag` keeps two populations apart. */
export class People {
  private created = 0;
  private customers = 0;
  private britishPhones = 0;

  constructor(
    private readonly random: Random,
    private readonly tag = '',
  ) {}

  /** A new person; a guest gets no user id. */
  create(country: Country, atMs: number, isGuest: boolean): Person {
    const { random } = this;
    const firstName = random.pick(FIRST_NAMES);
    const lastName = random.pick(LAST_NAMES);
    const number = ++this.created;
    const email = `${emailName(firstName)}.${emailName(lastName)}${number}${this.tag}@example.com`;
    const [city, postalCode] = random.pick(CITIES[country]);
    return {
      userId: isGuest ? undefined : this.userId(email),
      email,
      phone: this.phone(country, number),
      firstName,
      lastName,
      street: `${random.integer(1, 240)} ${random.pick(STREETS)}`,
      city,
      postalCode,
      country,
      birthday: `${random.integer(1948, 2005)}-${twoDigits(random.integer(1, 12))}-${twoDigits(random.integer(1, 28))}`,
      registeredAtMs: atMs,
      visitors: [],
      orders: 0,
      lastOrderAtMs: 0,
      isLost: false,
    };
  }

  private userId(email: string): string {
    const id = `cus_${this.tag}${String(++this.customers).padStart(6, '0')}`;
    return this.random.chance(FOOLISH_USER_ID_SHARE) ? email : id;
  }

  private phone(country: Country, number: number): string {
    if (country === 'GB' && !this.tag && this.britishPhones < BRITISH_PHONES) {
      return `+44 7700 900${String(this.britishPhones++).padStart(3, '0')}`;
    }
    const digits = String(number + (this.tag ? TAGGED_PHONES_FROM : 0)).padStart(7, '0');
    return `+1 555 ${digits.slice(0, 3)} ${digits.slice(3)}`;
  }
}

/** A name as it stands in an e-mail address. */
export function emailName(name: string): string {
  return slug(name).replaceAll('-', '');
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
