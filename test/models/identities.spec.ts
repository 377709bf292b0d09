/** Who a visitor is and which customer an order is of, told over three increments. */
import { openTestPipeline } from '../support/pipeline.js';
import { sourceOf } from '../support/records.js';
import { november } from './behaviour.js';
import { alias, IDENTITIES, identify, login, order } from './persons.js';
import { tellStoriesOf, type StoriesOf } from './stories.js';

const shop = sourceOf('shop_database', 'shop');
const stories: StoriesOf<keyof typeof IDENTITIES> = {
  'the first customer holds from the beginning, also for orders before': {
    ids: 'one',
    steps: [
      {
        events: [order('one-o1', 'one-v', '05 10:00')],
        then: { identities: '', orders: 'one-o1 |' },
      },
      {
        events: [identify('one-v', 'one-u', '06 10:00')],
        then: { identities: 'one-v | | one-u | one-u', orders: 'one-o1 | one-u' },
      },
      {
        events: [login('one-v', 'one-early', '04 10:00')],
        then: {
          identities: `
            one-v | | one-early | one-early
            one-v | 06 10:00 | one-u | one-u`,
          orders: 'one-o1 | one-early',
        },
      },
    ],
  },
  'a shared device is each customer’s until another is named': {
    ids: 'shared',
    steps: [
      {
        events: [
          login('shared-v', 'shared-a', '05 10:00'),
          login('shared-v', 'shared-b', '05 12:00'),
          order('shared-o1', 'shared-v', '05 11:00'),
          order('shared-o2', 'shared-v', '05 12:30'),
        ],
        then: {
          identities: `
            shared-v | | shared-a | shared-a
            shared-v | 05 12:00 | shared-b | shared-b`,
          orders: `
            shared-o1 | shared-a
            shared-o2 | shared-b`,
        },
      },
      {
        events: [
          login('shared-v', 'shared-a', '05 12:15'),
          login('shared-v', 'shared-b', '05 10:30'),
          login('shared-v', 'shared-b', '05 10:45'),
        ],
        then: {
          identities: `
            shared-v | | shared-a | shared-a
            shared-v | 05 10:30 | shared-b | shared-b
            shared-v | 05 12:15 | shared-a | shared-a`,
          orders: `
            shared-o1 | shared-b
            shared-o2 | shared-a`,
        },
      },
    ],
  },
  'of those named at one instant the last holds': {
    ids: 'tie',
    steps: [
      {
        events: ['a', 'b', 'c'].flatMap((user) => [
          login('tie-v', `tie-${user}`, '05 10:00'),
          login('tie-v', `tie-${user}`, '05 11:00'),
        ]),
        then: { identities: 'tie-v | | tie-c | tie-c' },
      },
      {
        events: [login('tie-v', 'tie-a', '05 10:30')],
        then: {
          identities: `
            tie-v | | tie-c | tie-c
            tie-v | 05 10:30 | tie-a | tie-a
            tie-v | 05 11:00 | tie-c | tie-c`,
        },
      },
    ],
  },
  'aliases connect through however many, in whatever order they come': {
    ids: 'alias',
    steps: [
      {
        events: [
          alias('alias-b', 'alias-c', '05 12:00'),
          order('alias-o1', 'alias-v', '05 10:00'),
          order('alias-o2', 'alias-w', '05 10:00', 'alias-b'),
        ],
        then: {
          aliases: `
            alias-b | alias-c
            alias-c | alias-c`,
          identities: `
            alias-b | | alias-c | alias-b
            alias-c | | alias-c | alias-c
            alias-w | | alias-c | alias-b`,
          orders: `
            alias-o1 |
            alias-o2 | alias-c`,
        },
      },
      {
        events: [alias('alias-v', 'alias-a', '05 09:00', 'alias-v')],
        then: {
          aliases: `
            alias-a | alias-a
            alias-b | alias-c
            alias-c | alias-c
            alias-v | alias-a`,
          orders: `
            alias-o1 | alias-a
            alias-o2 | alias-c`,
        },
      },
      {
        events: [alias('alias-a', 'alias-b', '05 11:00')],
        then: {
          aliases: `
            alias-a | alias-c
            alias-b | alias-c
            alias-c | alias-c
            alias-v | alias-c`,
          identities: `
            alias-a | | alias-c | alias-a
            alias-b | | alias-c | alias-b
            alias-c | | alias-c | alias-c
            alias-v | | alias-c | alias-a alias-v
            alias-w | | alias-c | alias-b`,
          orders: `
            alias-o1 | alias-c
            alias-o2 | alias-c`,
        },
      },
    ],
  },
  'the shop’s word on one order names the browser’s other orders': {
    ids: 'word',
    steps: [
      {
        events: [order('word-o1', 'word-v', '05 10:00'), order('word-o2', 'word-v', '05 11:00')],
        then: { identities: '', orders: 'word-o1 |\n word-o2 |' },
      },
      {
        records: [shop.order('word-o1', november('05 10:05'), { customer_id: 'word-u' })],
        then: {
          identities: 'word-v | | word-u | word-u',
          orders: `
            word-o1 | word-u
            word-o2 | word-u`,
        },
      },
    ],
  },
};

describe('golden tables over three increments', () =>
  tellStoriesOf(IDENTITIES, openTestPipeline, stories));
