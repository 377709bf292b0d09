/**
 * One visit, from the landing page to as far as its intent goes, as a list of events.
 * Imported only inside `cli/shop`.
 */
import { Browser } from './browser.js';
import {
  CATALOGUE,
  CATEGORY_NAMES,
  popularProduct,
  productProperties,
  type Product,
} from './catalogue.js';
import { checkOut } from './checkout.js';
import { lineProperties, type Order, type OrderLine } from './orders.js';
import type { PersonalData } from './personal-data.js';
import type { Random } from './prng.js';
import { writeReview } from './reviews.js';
import { search, viewCategory, viewProduct } from './shelves.js';
import type { Shopper, Visit, VisitPlan } from './visit.js';

const LINES_PER_ORDER = [
  [1, 42],
  [2, 28],
  [3, 16],
  [4, 9],
  [5, 5],
] as const;
const QUANTITIES = [
  [1, 80],
  [2, 14],
  [3, 6],
] as const;

/** What some look for before they find what there is. */
const MISSED_SEARCHES = ['bathrobe', 'espresso machine', 'gift card', 'led strip'];
const MISSED_SEARCH_SHARE = 0.2;

/** A visitor walking through the shop. */
export class Session implements Shopper {
  readonly browser: Browser;
  readonly cart: OrderLine[] = [];
  readonly cartId: string;

  constructor(
    readonly plan: VisitPlan,
    readonly random: Random,
    readonly personalData: PersonalData,
    private readonly nextOrderId: () => string,
  ) {
    const { visitor, arrival, startMs } = plan;
    this.cartId = random.uuid();
    this.browser = new Browser(random, personalData, visitor, arrival, startMs);
  }

  /** Walks the visit to its end. */
  run(): Visit {
    const { intent } = this.plan;
    this.land();
    let order: Order | undefined;
    if (intent === 'browse') this.browse();
    if (intent === 'sign up') this.signUp();
    if (intent === 'fill cart' || intent === 'start checkout' || intent === 'buy') {
      this.fillCart();
      if (intent !== 'fill cart') order = checkOut(this, this.nextOrderId);
    }
    return { events: this.browser.events, endMs: this.browser.nowMs, order };
  }

  private land(): void {
    const { arrival, intent, person } = this.plan;
    const { channel } = arrival;
    const query = { ...arrival.query };
    // Mailing tools like to put the reader's address into the link, personal data or not.
    const isPersonalLink = channel.medium === 'email' && person?.userId && this.random.chance(0.6);
    if (person && isPersonalLink) query['email'] = this.personalData.email(person);
    if (
      this.random.chance(channel.landsOnHome) ||
      (intent === 'bounce' && this.random.chance(0.5))
    ) {
      this.browser.open({ name: 'Home', path: '/', query });
    } else if (this.random.chance(0.5)) {
      viewCategory(this.browser, this.random.pick(CATEGORY_NAMES), query);
    } else {
      viewProduct(this.browser, popularProduct(this.random), query);
    }
  }

  private browse(): void {
    const { person } = this.plan;
    const { random } = this;
    if (person?.lastProduct && this.plan.startMs > person.lastOrderAtMs && random.chance(0.2)) {
      viewProduct(this.browser, person.lastProduct);
      writeReview(this, person, person.lastProduct);
    }
    for (let looks = random.integer(1, 2); looks > 0; looks--) this.findProduct();
    // Customers log in now and then to look at their account.
    if (person?.userId && random.chance(0.15)) {
      this.browser.open({ name: 'Account', path: '/account' });
      this.browser.identify(person);
    }
  }

  private signUp(): void {
    const { person } = this.plan;
    if (!person) return;
    this.findProduct();
    this.browser.open({ name: 'Sign Up', path: '/account/new' });
    this.browser.identify(person);
    const query = this.random.chance(0.3) ? { email: this.personalData.email(person) } : undefined;
    this.browser.open({ name: 'Account', path: '/account/welcome', query });
  }

  private fillCart(): void {
    for (let lines = this.random.weighted(LINES_PER_ORDER); lines > 0; lines--) this.addToCart();
    if (this.random.chance(0.1)) {
      const { product, quantity } = this.addToCart();
      this.cart.pop();
      const extra = { cart_id: this.cartId, quantity, currency: 'USD' };
      this.browser.track('Product Removed', productProperties(product, extra), 20_000);
    }
    this.browser.open({ name: 'Cart', path: '/cart' });
    const products = lineProperties(this.cart);
    this.browser.track('Cart Viewed', { cart_id: this.cartId, currency: 'USD', products });
  }

  private addToCart(): OrderLine {
    const product = this.findProduct(true);
    const line = { product, quantity: this.random.weighted(QUANTITIES) };
    this.cart.push(line);
    const extra = { cart_id: this.cartId, quantity: line.quantity, currency: 'USD' };
    this.browser.track('Product Added', productProperties(product, extra), 40_000);
    return line;
  }

  /** Comes to a product through a category, a search or a link; never one that is in the cart. */
  private findProduct(isForCart = false): Product {
    const way = this.random.next();
    let category: string | undefined;
    if (way < 0.28) {
      category = this.random.pick(CATEGORY_NAMES);
      viewCategory(this.browser, category);
    } else if (way < 0.4) {
      category = this.random.pick(CATEGORY_NAMES);
      if (this.random.chance(MISSED_SEARCH_SHARE)) {
        search(this.browser, this.random.pick(MISSED_SEARCHES));
      }
      search(this.browser, category.toLowerCase());
    }
    let product = popularProduct(this.random, category);
    const isTaken = () => this.cart.some((line) => line.product === product);
    while (isForCart && isTaken()) product = this.random.pick(CATALOGUE);
    viewProduct(this.browser, product);
    return product;
  }
}
