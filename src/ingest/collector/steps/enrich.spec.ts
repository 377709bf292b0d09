import type { JsonObject } from '../../../contracts/json.js';
import type { Facts, RequestFacts } from '../outcome.js';
import { ChannelRules } from './channel.js';
import { Countries } from './country.js';
import { enrich, textAt } from './enrich.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0';
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 ' +
  '(KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';
const receivedAt = new Date('2026-03-10T12:00:00Z');
const channels = new ChannelRules();
let countries: Countries;

beforeAll(async () => {
  countries = await Countries.open(undefined);
});

const run = (event: JsonObject, request: Partial<RequestFacts> = {}) =>
  enrich(
    event,
    { receivedAt, headers: {}, ip: '127.0.0.1', sentAt: undefined, ...request },
    { countries, channels },
  );
const page = (url: string, referrer = '') => run({ context: { page: { url, referrer } } });

describe('device', () => {
  const headers = { 'user-agent': FIREFOX };
  it.each<[string, JsonObject, RequestFacts['headers'], Partial<Facts>]>([
    ['the SDK’s user agent first', { userAgent: IPHONE }, headers, { device_type: 'mobile' }],
    ['then that of the request', {}, headers, { device_type: 'desktop', browser: 'Firefox' }],
    ['a server has none', { channel: 'server' }, headers, { device_type: 'server', os: 'unknown' }],
    [
      'a server that sends its visitor’s',
      { channel: 'server', userAgent: IPHONE },
      headers,
      { device_type: 'mobile', os: 'iOS' },
    ],
    ['a user agent of another type', { userAgent: [] }, {}, { device_type: 'unknown' }],
    ['none at all', {}, {}, { device_type: 'unknown', os: 'unknown', browser: 'unknown' }],
  ])('%s', (_, context, given, expected) => {
    expect(run({ context }, { headers: given })).toMatchObject(expected);
  });
});

describe('campaign and channel', () => {
  it('reads the utm parameters of the page', () => {
    const url =
      'https://shop.example/?utm_source=News%20Letter&utm_medium=email&utm_campaign=may&utm_term=t&utm_content=c';
    expect(page(url)).toMatchObject({
      channel: 'email',
      utm: { source: 'News Letter', medium: 'email', campaign: 'may', term: 't', content: 'c' },
    });
  });

  it('prefers what the SDK has parsed, a part at a time', () => {
    const context = {
      campaign: { name: 'own', source: 'google', medium: '' },
      page: { url: 'https://shop.example/?utm_campaign=url&utm_source=url&utm_medium=cpc' },
    };
    expect(run({ context })).toMatchObject({
      channel: 'paid_search',
      utm: { source: 'google', medium: 'cpc', campaign: 'own', term: '', content: '' },
    });
  });

  it.each<[string, string, string, Partial<Facts>]>([
    ['a click id', 'https://shop.example/?GCLID=no&gclid=1', '', { channel: 'paid_search' }],
    ['a click id alone, unpaid', 'https://shop.example/?fbclid=1', '', { channel: 'direct' }],
    [
      'a search engine',
      'https://shop.example/',
      'https://www.Google.com/search?q=mugs',
      { channel: 'organic_search', referrerHost: 'google.com' },
    ],
    [
      'a page of the shop',
      'https://www.shop.example/cart',
      'https://shop.example/',
      { channel: 'direct', referrerHost: 'shop.example' },
    ],
    [
      'another site',
      'https://shop.example/',
      'https://blog.example/post',
      { channel: 'referral', referrerHost: 'blog.example' },
    ],
    [
      'URLs that are none',
      '/cart?utm_source=x',
      'not a url',
      { channel: 'direct', referrerHost: '' },
    ],
  ])('tells %s', (_, url, referrer, expected) => {
    expect(page(url, referrer)).toMatchObject(expected);
  });

  it.each<JsonObject>([
    {},
    { context: null },
    { context: [] },
    { context: { page: 'x', campaign: 7 } },
    { context: { page: { url: 1, referrer: {} }, campaign: { source: {} } } },
  ])('finds nothing in %j and does not fail', (event) => {
    const utm = { source: '', medium: '', campaign: '', term: '', content: '' };
    expect(run(event)).toMatchObject({ channel: 'direct', referrerHost: '', utm });
  });
});

describe('time', () => {
  it('corrects the clock by the time of sending', () => {
    const event = { timestamp: '2026-03-10T10:50:00Z' };
    expect(run(event, { sentAt: '2026-03-10T11:00:00Z' })).toMatchObject({
      time: { occurredAt: new Date('2026-03-10T11:50:00Z'), originalDate: '2026-03-10' },
    });
  });

  it.each(['garbage', '1969-12-31T23:59:59Z', '2027-01-01T00:00:00Z'])(
    'refuses %s',
    (timestamp) => {
      expect(run({ timestamp })).toEqual({
        code: 'invalid_event',
        detail: expect.stringContaining('timestamp'),
      });
    },
  );
});

describe('textAt', () => {
  it('reads strings and numbers, and nothing else', () => {
    const event = { a: 'x', b: 0, c: true, d: null, e: {}, f: [] };
    expect(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => textAt(event, key))).toEqual([
      'x',
      '0',
      '',
      '',
      '',
      '',
      '',
    ]);
  });
});

describe('time', () => {
  it.each<[string, JsonObject, string]>([
    ['timestamp first', { timestamp: '2026-03-10T11:00:00Z' }, '2026-03-10T11:00:00.000Z'],
    [
      'then what SDKs call the original',
      { originalTimestamp: '2026-03-10T10:00:00Z' },
      '2026-03-10T10:00:00.000Z',
    ],
    ['else the arrival', { timestamp: null }, '2026-03-10T12:00:00.000Z'],
  ])('%s', (_, event, expected) => {
    const { time } = run({ originalTimestamp: null, ...event }) as Facts;
    expect(time.occurredAt.toISOString()).toBe(expected);
  });
});
