/**
 * The checkout of a visit: from Checkout Started to Order Completed, or to where the visitor gives
 * up. Imported only inside `cli/shop`.
 */
import { chooseCoupon, orderProperties, priceOrder, type Order } from './orders.js';
import type { Shopper } from './visit.js';

const CUSTOMER_EMAIL_SHARE = 0.3;
const GUEST_EMAIL_SHARE = 0.5;
const PAYMENT_METHODS = ['Visa', 'Mastercard', 'PayPal', 'Apple Pay'];

/** Checks the cart out. Returns the order, or undefined when the visitor gave up. */
export function checkOut(shopper: Shopper, nextOrderId: () => string): Order | undefined {
  const { browser, random, cart, plan } = shopper;
  const { person, visitor, intent, isSale } = plan;
  const checkoutId = random.uuid();
  const amounts = priceOrder(cart, visitor.country, chooseCoupon(random, isSale));
  const common = { checkout_id: checkoutId, affiliation: 'Online Store' };
  browser.open({ name: 'Checkout', path: '/checkout' });
  browser.track('Checkout Started', { ...common, ...orderProperties(cart, amounts) });
  if (intent !== 'buy' && random.chance(0.6)) return undefined;
  if (person?.userId && visitor.person !== person) browser.identify(person);
  const payment = {
    checkout_id: checkoutId,
    step: 2,
    shipping_method: amounts.shippingCents > 0 ? 'Standard' : 'Free',
    payment_method: random.pick(PAYMENT_METHODS),
  };
  browser.track('Payment Info Entered', payment, 90_000);
  if (intent !== 'buy' || !person) return undefined;

  const orderId = nextOrderId();
  browser.open({ name: 'Order Confirmation', path: '/checkout/thank-you' });
  const tellsEmail = random.chance(person.userId ? CUSTOMER_EMAIL_SHARE : GUEST_EMAIL_SHARE);
  browser.track('Order Completed', {
    order_id: orderId,
    ...common,
    ...orderProperties(cart, amounts),
    ...(tellsEmail ? { email: shopper.personalData.email(person) } : {}),
  });
  person.lastProduct = cart[0]?.product;
  return {
    orderId,
    lines: cart,
    amounts,
    placedAtMs: browser.nowMs,
    anonymousId: visitor.anonymousId,
    userId: browser.knownAs,
    customer: person.userId ? person : undefined,
    country: visitor.country,
  };
}
