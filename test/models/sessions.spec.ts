/** Where sessions begin and end, told over four increments with events that come late. */
import { openTestPipeline, type BronzeEvent } from '../support/pipeline.js';
import { BEHAVIOUR, expectBehaviourAgrees, of } from './behaviour.js';
import { tellStoriesOf, type StoriesOf } from './stories.js';

type Stories = StoriesOf<keyof typeof BEHAVIOUR>;

const utm = (campaign: string) => ({ utm: { source: 'news', medium: 'email', campaign } });
const { page: gap } = of('gap');
const { page: bridge } = of('bridge');

const pauses: Stories = {
  'exactly thirty minutes end a session, a millisecond less does not': {
    ids: 'gap',
    steps: [
      {
        events: [gap('a', '05 10:00'), gap('b', '05 10:29:59.999'), gap('c', '05 10:59:59.999')],
        then: {
          sessions: `
            gap | a | 05 10:00:00.000 | 05 10:29:59.999 | 2 | none | true
            gap | c | 05 10:59:59.999 | 05 10:59:59.999 | 1 | none | false`,
        },
      },
      {
        events: [gap('before', '05 09:30'), gap('after', '05 11:29:59.998')],
        then: {
          sessions: `
            gap | before | 05 09:30:00.000 | 05 09:30:00.000 | 1 | none | true
            gap | a      | 05 10:00:00.000 | 05 10:29:59.999 | 2 | none | false
            gap | c      | 05 10:59:59.999 | 05 11:29:59.998 | 2 | none | false`,
        },
      },
      {
        events: [gap('late', '05 10:45')],
        then: {
          sessions: `
            gap | before | 05 09:30:00.000 | 05 09:30:00.000 | 1 | none | true
            gap | a      | 05 10:00:00.000 | 05 11:29:59.998 | 5 | none | false`,
          traffic: `
            gap | 05 09:30 | direct | 1 | 1 | 0 | 1 | 1 | 1
            gap | 05 10:00 | direct | 1 | 0 | 1 | 0 | 1 | 1
            gap | 05 10:15 | direct | 0 | 0 | 0 | 0 | 1 | 1
            gap | 05 10:45 | direct | 0 | 0 | 0 | 0 | 2 | 1
            gap | 05 11:15 | direct | 0 | 0 | 0 | 0 | 1 | 1`,
        },
      },
      {
        events: [gap('first', '04 08:00'), gap('earlier', '05 09:59:59.999')],
        then: {
          sessions: `
            gap | first  | 04 08:00:00.000 | 04 08:00:00.000 | 1 | none | true
            gap | before | 05 09:30:00.000 | 05 11:29:59.998 | 7 | none | false`,
          traffic: `
            gap | 04 08:00 | direct | 1 | 1 | 0 | 1 | 1 | 1
            gap | 05 09:30 | direct | 1 | 0 | 1 | 0 | 1 | 1
            gap | 05 09:45 | direct | 0 | 0 | 0 | 0 | 1 | 1
            gap | 05 10:00 | direct | 0 | 0 | 0 | 0 | 1 | 1
            gap | 05 10:15 | direct | 0 | 0 | 0 | 0 | 1 | 1
            gap | 05 10:45 | direct | 0 | 0 | 0 | 0 | 2 | 1
            gap | 05 11:15 | direct | 0 | 0 | 0 | 0 | 1 | 1`,
        },
      },
    ],
  },
  'midnight does not end a session; a late event joins two days': {
    ids: 'bridge',
    steps: [
      {
        events: [bridge('a', '07 23:20'), bridge('b', '08 00:15'), bridge('c', '08 00:20')],
        then: {
          sessions: `
            bridge | a | 07 23:20:00.000 | 07 23:20:00.000 | 1 | none | true
            bridge | b | 08 00:15:00.000 | 08 00:20:00.000 | 2 | none | false`,
        },
      },
      {
        events: [bridge('late', '07 23:47', { channel: 'email' })],
        then: {
          sessions: 'bridge | a | 07 23:20:00.000 | 08 00:20:00.000 | 4 | none | true',
          traffic: `
            bridge | 07 23:15 | direct | 1 | 1 | 1 | 0 | 1 | 1
            bridge | 07 23:45 | direct | 0 | 0 | 0 | 0 | 1 | 1
            bridge | 08 00:15 | direct | 0 | 0 | 0 | 0 | 2 | 1`,
        },
      },
      {
        events: [bridge('after', '08 00:49:59'), bridge('before', '07 22:55', { channel: 'sms' })],
        then: {
          sessions: 'bridge | before | 07 22:55:00.000 | 08 00:49:59.000 | 6 | none | true',
          traffic: `
            bridge | 07 22:45 | sms | 1 | 1 | 1 | 0 | 1 | 1
            bridge | 07 23:15 | sms | 0 | 0 | 0 | 0 | 1 | 1
            bridge | 07 23:45 | sms | 0 | 0 | 0 | 0 | 1 | 1
            bridge | 08 00:15 | sms | 0 | 0 | 0 | 0 | 2 | 1
            bridge | 08 00:45 | sms | 0 | 0 | 0 | 0 | 1 | 1`,
        },
      },
    ],
  },
};

const { page: ad } = of('ad');

const campaigns: Stories = {
  'a campaign that is not the one before starts a session, none does not': {
    ids: 'ad',
    steps: [
      {
        events: [
          ad('direct', '05 10:00'),
          ad('a', '05 10:01', utm('A')),
          ad('none', '05 10:05'),
          ad('again', '05 10:10', utm('A')),
          ad('b', '05 10:15', utm('B')),
          ad('back', '05 10:25', utm('A')),
          ad('click', '05 10:30', { click: { name: 'gclid', id: 'g1' } }),
          ad('same click', '05 10:31', { click: { name: 'gclid', id: 'g1' } }),
          ad('other click', '05 10:32', { click: { name: 'gclid', id: 'g2' } }),
        ],
        then: {
          sessions: `
            ad | direct      | 05 10:00:00.000 | 05 10:00:00.000 | 1 | none | true
            ad | a           | 05 10:01:00.000 | 05 10:10:00.000 | 3 | A    | false
            ad | b           | 05 10:15:00.000 | 05 10:15:00.000 | 1 | B    | false
            ad | back        | 05 10:25:00.000 | 05 10:25:00.000 | 1 | A    | false
            ad | click       | 05 10:30:00.000 | 05 10:31:00.000 | 2 | none | false
            ad | other click | 05 10:32:00.000 | 05 10:32:00.000 | 1 | none | false`,
        },
      },
      {
        events: [
          ad('late', '05 10:02', utm('B')),
          ad('only term', '05 10:16', { utm: { term: 't' } }),
        ],
        then: {
          sessions: `
            ad | direct      | 05 10:00:00.000 | 05 10:00:00.000 | 1 | none | true
            ad | a           | 05 10:01:00.000 | 05 10:01:00.000 | 1 | A    | false
            ad | late        | 05 10:02:00.000 | 05 10:05:00.000 | 2 | B    | false
            ad | again       | 05 10:10:00.000 | 05 10:10:00.000 | 1 | A    | false
            ad | b           | 05 10:15:00.000 | 05 10:15:00.000 | 1 | B    | false
            ad | only term   | 05 10:16:00.000 | 05 10:16:00.000 | 1 | none | false
            ad | back        | 05 10:25:00.000 | 05 10:25:00.000 | 1 | A    | false
            ad | click       | 05 10:30:00.000 | 05 10:31:00.000 | 2 | none | false
            ad | other click | 05 10:32:00.000 | 05 10:32:00.000 | 1 | none | false`,
        },
      },
      {
        // The same campaign before all of it: what began with A goes on from there.
        events: [ad('earlier', '05 09:59', utm('A'))],
        then: {
          sessions: `
            ad | earlier     | 05 09:59:00.000 | 05 10:01:00.000 | 3 | A    | true
            ad | late        | 05 10:02:00.000 | 05 10:05:00.000 | 2 | B    | false
            ad | again       | 05 10:10:00.000 | 05 10:10:00.000 | 1 | A    | false
            ad | b           | 05 10:15:00.000 | 05 10:15:00.000 | 1 | B    | false
            ad | only term   | 05 10:16:00.000 | 05 10:16:00.000 | 1 | none | false
            ad | back        | 05 10:25:00.000 | 05 10:25:00.000 | 1 | A    | false
            ad | click       | 05 10:30:00.000 | 05 10:31:00.000 | 2 | none | false
            ad | other click | 05 10:32:00.000 | 05 10:32:00.000 | 1 | none | false`,
        },
      },
    ],
  },
};

const { page: reused } = of('reused');

const ids: Stories = {
  'a client that gives two events one id holds nobody up': {
    ids: 'reused',
    steps: [
      {
        events: [
          reused('a', '05 10:00'),
          reused('a', '05 12:00', { source: 'reused-elsewhere' }),
          reused('b', '05 12:10'),
        ],
        then: {
          sessions: `
            reused | a | 05 10:00:00.000 | 05 10:00:00.000 | 1 | none | true
            reused | a | 05 12:00:00.000 | 05 12:10:00.000 | 2 | none | false`,
        },
      },
    ],
  },
};

const { page: long } = of('long');
const { page: robot } = of('robot');

/** An event every 25 minutes from 05 00:00 on. */
const unbroken = (from: number, until: number): BronzeEvent[] =>
  Array.from({ length: until - from }, (_, index) => {
    const minutes = (from + index) * 25;
    const at = new Date(Date.UTC(2026, 10, 5, 0, minutes)).toISOString();
    return { ...long(String(minutes), '05 00:00'), at };
  });

const dayLong: Stories = {
  'what goes on is cut every 24 hours from its start': {
    ids: 'long',
    steps: [
      {
        events: [...unbroken(0, 30), ...unbroken(31, 64)],
        then: {
          sessions: `
            long | 0   | 05 00:00:00.000 | 05 12:05:00.000 | 30 | none | true
            long | 775 | 05 12:55:00.000 | 06 02:15:00.000 | 33 | none | false`,
        },
      },
      {
        events: unbroken(30, 31),
        then: {
          sessions: `
            long | 0    | 05 00:00:00.000 | 05 23:45:00.000 | 58 | none | true
            long | 1450 | 06 00:10:00.000 | 06 02:15:00.000 | 6  | none | false`,
        },
      },
      {
        events: [long('last', '05 23:59:59.999'), long('next', '06 00:00'), ...unbroken(64, 130)],
        then: {
          sessions: `
            long | 0    | 05 00:00:00.000 | 05 23:59:59.999 | 59 | none | true
            long | next | 06 00:00:00.000 | 06 23:55:00.000 | 59 | none | false
            long | 2900 | 07 00:20:00.000 | 07 05:45:00.000 | 14 | none | false`,
        },
      },
      {
        // All cuts move with the start.
        events: [long('before', '04 23:40'), long('on the third day', '07 05:50')],
        then: {
          sessions: `
            long | before | 04 23:40:00.000 | 05 23:20:00.000 | 58 | none | true
            long | 1425   | 05 23:45:00.000 | 06 23:30:00.000 | 60 | none | false
            long | 2875   | 06 23:55:00.000 | 07 05:50:00.000 | 16 | none | false`,
        },
      },
    ],
  },
  'robots have none, and bridge no pause of a person': {
    ids: 'robot',
    steps: [
      {
        events: [
          robot('a', '05 10:00'),
          robot('bot', '05 10:20', { isBot: true }),
          robot('b', '05 10:40'),
          { ...robot('alone', '05 09:00', { isBot: true }), visitor: 'robot-alone' },
        ],
        then: {
          sessions: `
            robot | a | 05 10:00:00.000 | 05 10:00:00.000 | 1 | none | true
            robot | b | 05 10:40:00.000 | 05 10:40:00.000 | 1 | none | false`,
        },
      },
    ],
  },
};

describe('sessions over four increments', () =>
  tellStoriesOf(
    BEHAVIOUR,
    openTestPipeline,
    { ...pauses, ...campaigns, ...ids, ...dayLong },
    expectBehaviourAgrees,
  ));
