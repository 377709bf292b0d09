/** What a session says of itself, and the orders that lie in it. */
import { openTestPipeline } from '../support/pipeline.js';
import { sourceOf } from '../support/records.js';
import { BEHAVIOUR, expectBehaviourAgrees, november, of } from './behaviour.js';
import { line, placed, refunded } from './golden.js';
import { tellStoriesOf, type StoriesOf } from './stories.js';

type Stories = StoriesOf<keyof typeof BEHAVIOUR>;

const entry = of('entry');
const deep = of('deep');
const google = { page: '/shoes', referrer: 'google.com', channel: 'organic_search' };
const spring = { source: 'news', medium: 'email', campaign: 'spring', term: 't', content: 'c' };
const gclid = { click: { name: 'gclid', id: 'g1' } };
const phone = { device: 'mobile', os: 'iOS', browser: 'Safari', country: 'AT' };

const entries: Stories = {
  'the first page says how the visitor came, whatever is sent before it': {
    ids: 'entry',
    steps: [
      {
        events: [
          entry.track('Consent Given')('consent', '05 10:00', phone),
          entry.page('shoes', '05 10:01', google),
          entry.track('Product Viewed')('view', '05 10:02', { page: '/shoes/1' }),
          entry.track('Payment Settled')('settled', '05 10:03'),
        ],
        then: {
          entries: `entry | /shoes | /shoes/1 | google.com | | | | | | | | organic_search | desktop
            | Linux | Firefox | DE`.replace(/\n\s*/, ' '),
        },
      },
      {
        events: [entry.page('home', '05 09:59', { ...phone, page: '/home', referrer: 'bing.com' })],
        then: {
          entries: `entry | /home | /shoes/1 | bing.com | | | | | | | | direct | mobile | iOS
            | Safari | AT`.replace(/\n\s*/, ' '),
        },
      },
      {
        events: [
          entry.page('ad', '05 10:01:30', { page: '/ad', channel: 'email', utm: spring, ...gclid }),
        ],
        then: {
          entries: `
            entry | /home | /shoes | bing.com | | | | | | | | direct | mobile | iOS | Safari | AT
            entry | /ad | /shoes/1 | | news | email | spring | t | c | gclid | g1 | email | desktop | Linux | Firefox | DE`,
        },
      },
    ],
  },
  'a campaign counts that comes without a page, and the first page still is the first': {
    ids: 'deep',
    steps: [
      {
        events: [
          deep.track('Deep Link Opened')('link', '05 10:00', { channel: 'email', utm: spring }),
          deep.page('screen', '05 10:00:01', { call: 'screen', page: '/app' }),
        ],
        then: {
          entries:
            'deep | /app | /app | | news | email | spring | t | c | | | email | desktop | Linux | Firefox | DE',
        },
      },
    ],
  },
};

const bounce = of('bounce');
const looked = of('looked');
const stayed = of('stayed');
const funnel = of('funnel');
const product = { properties: { product_id: 'p1', name: 'P1', category: 'Shoes', brand: 'Acme' } };

const counts: Stories = {
  'one page without an interaction is a bounce; a product viewed is none, a click is one': {
    ids: 'bounce',
    steps: [
      {
        events: [
          bounce.page('page', '05 10:00'),
          bounce.track('Product Viewed')('view', '05 10:00:09.999', product),
          bounce.track('')('who', '05 10:00:05', { call: 'identify', user: 'u-bounce' }),
        ],
        then: {
          counts: 'bounce | 1 | 1 | 0 | 0 | 0 | 0 | 9999 | false | true | false | false | false',
        },
      },
      {
        events: [bounce.track('Button Clicked')('click', '05 10:00:10')],
        then: {
          counts: 'bounce | 1 | 1 | 0 | 0 | 0 | 0 | 10000 | true | false | false | false | false',
        },
      },
    ],
  },
  'two views engage at once, and no view at all is no bounce': {
    ids: 'looked',
    steps: [
      {
        events: [looked.track('Email Opened')('mail', '05 10:00')],
        then: {
          counts: 'looked | 0 | 0 | 0 | 0 | 0 | 0 | 0 | false | false | false | false | false',
        },
      },
      {
        events: [
          looked.page('page', '05 10:00'),
          looked.page('screen', '05 10:00', { call: 'screen' }),
        ],
        then: {
          counts: 'looked | 2 | 0 | 0 | 0 | 0 | 0 | 0 | true | false | false | false | false',
        },
      },
    ],
  },
  'a cart without an order is abandoned until the order comes late': {
    ids: 'funnel',
    steps: [
      {
        events: [
          funnel.track('Products Searched')('search', '05 10:14', {
            properties: { query: ' Boots ', results: 0 },
          }),
          funnel.track('Product Added')('add', '05 10:14:30', product),
          funnel.track('Wishlist Product Added to Cart')('wish', '05 10:15', product),
          funnel.track('Checkout Started')('checkout', '05 10:16'),
        ],
        then: {
          counts: 'funnel | 0 | 0 | 1 | 2 | 1 | 0 | 120000 | true | false | true | true | false',
          traffic: `
            funnel | 05 10:00 | direct | 1 | 1 | 1 | 0 | 0 | 1
            funnel | 05 10:15 | direct | 0 | 0 | 0 | 0 | 0 | 1`,
        },
      },
      {
        events: [
          funnel.track('Order Completed')('order', '05 10:17', {
            properties: { order_id: 'funnel-1', total: 10 },
          }),
          funnel.track('Order Completed')('again', '05 10:18', {
            properties: { order_id: 'funnel-1', total: 10 },
          }),
        ],
        then: {
          counts: 'funnel | 0 | 0 | 1 | 2 | 1 | 1 | 240000 | true | false | true | true | true',
        },
      },
    ],
  },
  'an order engages in no time': {
    ids: 'stayed',
    steps: [
      {
        events: [
          stayed.track('Order Completed')('order', '05 10:00', {
            properties: { order_id: 'stayed-1', total: 10 },
          }),
        ],
        then: {
          counts: 'stayed | 0 | 0 | 0 | 0 | 0 | 1 | 0 | true | false | false | false | true',
        },
      },
    ],
  },
};

const bought = of('bought');
const robot = of('robot');
const stated = of('stated');
const shop = sourceOf('shop_database', 'stated');
const one = { products: [line('p1', 1, 100)] };
const orderOf = (visitor: string, at: string, rest = {}) =>
  placed(`${visitor}-1`, november(at), one, {
    ...{ visitor, source: visitor, messageId: `${visitor}-order` },
    ...rest,
  });
const autumn = {
  channel: 'paid_search',
  utm: { source: 'google', medium: 'cpc', campaign: 'fall' },
};

const orders: Stories = {
  'an order has the campaign of its session, and follows it when that changes': {
    ids: 'bought',
    steps: [
      {
        events: [
          bought.page('news', '05 10:00', { channel: 'email', utm: spring }),
          orderOf('bought', '05 10:05'),
        ],
        then: {
          orders: 'bought-1 | news | email | news | email | spring',
          sales: 'bought | email | news | email | spring | 1 | 100 | 0',
        },
      },
      {
        events: [bought.page('ad', '05 10:04', autumn)],
        then: {
          orders: 'bought-1 | ad | paid_search | google | cpc | fall',
          sales: 'bought | paid_search | google | cpc | fall | 1 | 100 | 0',
        },
      },
      {
        events: [refunded('bought-1', november('07 09:00'), { refund_id: 'r', total: 40 })],
        then: { sales: 'bought | paid_search | google | cpc | fall | 1 | 100 | 40' },
      },
      {
        // The nearest campaign before the order is another one now.
        events: [bought.page('same ad', '05 10:04:30', { channel: 'email', utm: spring })],
        then: {
          orders: 'bought-1 | same ad | email | news | email | spring',
          sales: 'bought | email | news | email | spring | 1 | 100 | 40',
        },
      },
    ],
  },
  'a robot’s order has no session': {
    ids: 'robot',
    steps: [
      {
        events: [
          robot.page('page', '05 10:00', { isBot: true }),
          orderOf('robot', '05 10:01', { isBot: true }),
        ],
        then: {
          orders: 'robot-1 | | unknown | unknown | unknown | unknown',
          sales: 'robot | unknown | unknown | unknown | unknown | 1 | 100 | 0',
        },
      },
    ],
  },
  'an order that only the shop tells of has none until the browser tells of it': {
    ids: 'stated',
    steps: [
      {
        records: [
          shop.order('stated-1', november('02 10:01')),
          shop.line('stated-1', 1, november('02 10:01')),
        ],
        events: [stated.page('ad', '02 09:59', autumn)],
        then: {
          orders: 'stated-1 | | unknown | unknown | unknown | unknown',
          sales: 'stated | unknown | unknown | unknown | unknown | 1 | 100 | 0',
        },
      },
      {
        events: [orderOf('stated', '02 10:00:01')],
        then: {
          orders: 'stated-1 | ad | paid_search | google | cpc | fall',
          sales: 'stated | paid_search | google | cpc | fall | 1 | 100 | 0',
        },
      },
    ],
  },
};

describe('the facts of sessions over four increments', () =>
  tellStoriesOf(
    BEHAVIOUR,
    openTestPipeline,
    { ...entries, ...counts, ...orders },
    expectBehaviourAgrees,
  ));
