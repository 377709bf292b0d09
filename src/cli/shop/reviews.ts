/**
 * Product reviews, some of whose writers give away how to reach them.
 * Imported only inside `cli/shop`.
 */
import { productProperties, type Product } from './catalogue.js';
import type { Person } from './people.js';
import type { Shopper } from './visit.js';

const EMAIL_SHARE = 0.2;
const PHONE_SHARE = 0.08;
const OPINIONS: readonly (readonly [string, number])[] = [
  ['Exactly as described, and it arrived early.', 5],
  ['Lovely quality; I would buy it again.', 5],
  ['Good value for the price.', 4],
  ['Nice, but the colour is darker than in the pictures.', 4],
  ['It does its job.', 3],
  ['Smaller than I thought.', 2],
  ['Broke after a week.', 1],
];

/** The person reviews a product on the page that is open. */
export function writeReview(shopper: Shopper, person: Person, product: Product): void {
  const { random, browser, personalData } = shopper;
  const [opinion, rating] = random.pick(OPINIONS);
  const sentences = [opinion];
  if (random.chance(EMAIL_SHARE)) {
    sentences.push(`Questions? Write me at ${personalData.email(person)}.`);
  }
  if (random.chance(PHONE_SHARE)) sentences.push(`Or call ${personalData.phone(person)}.`);
  const review = { review_id: random.uuid(), review_body: sentences.join(' '), rating };
  browser.track('Product Reviewed', { ...productProperties(product), ...review }, 90_000);
}
