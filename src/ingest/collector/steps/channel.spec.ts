import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ChannelRules, type ChannelFacts } from './channel.js';

const NOTHING: ChannelFacts = {
  utm_source: '',
  utm_medium: '',
  click_id: '',
  referrer_host: '',
  is_internal: 'false',
};

/** Rule (its place in channels.yml), facts, channel. */
const CASES: [number, Partial<ChannelFacts>, string][] = [
  ...['cpc', 'ppc', 'paidsearch', 'paid_search', 'sem', 'CPC'].map(medium(0, 'paid_search')),
  ...['gclid', 'msclkid', 'wbraid', 'gbraid'].map(click(1, 'paid_search')),
  ...['paid_social', 'paidsocial', 'paid-social', 'cpm', 'social_paid'].map(
    medium(2, 'paid_social'),
  ),
  [3, { click_id: 'fbclid', utm_medium: 'paid' }, 'paid_social'],
  [3, { click_id: 'ttclid', utm_medium: 'paid-video' }, 'paid_social'],
  [3, { click_id: 'twclid', utm_medium: 'video_cpm' }, 'paid_social'],
  [3, { click_id: 'li_fat_id', utm_medium: 'linkedin-cpc' }, 'paid_social'],
  ...['display', 'banner', 'retargeting', 'native'].map(medium(4, 'display')),
  [5, { click_id: 'dclid' }, 'display'],
  ...['email', 'e-mail', 'newsletter', 'EMAIL'].map(medium(6, 'email')),
  ...['email', 'e-mail', 'newsletter'].map(source(7, 'email')),
  ...['affiliate', 'affiliates', 'partner'].map(medium(8, 'affiliate')),
  ...['sms', 'text', 'push'].map(medium(9, 'sms')),
  ...['social', 'organic_social', 'social-network'].map(medium(10, 'organic_social')),
  [11, { utm_source: 'spring-flyer' }, 'other_campaign'],
  [11, { utm_source: 'x', utm_medium: 'emailing' }, 'other_campaign'],
  [11, { utm_source: 'x', utm_medium: 'affiliates2' }, 'other_campaign'],
  ...['google.com', 'images.google.co.uk', 'bing.com', 'duckduckgo.com', 'search.yahoo.co.jp'].map(
    referrer(12, 'organic_search'),
  ),
  ...['ecosia.org', 'www.qwant.com', 'baidu.com', 'yandex.ru', 'startpage.com'].map(
    referrer(12, 'organic_search'),
  ),
  ...['facebook.com', 'm.facebook.com', 'instagram.com', 'linkedin.com', 'pinterest.com'].map(
    referrer(13, 'organic_social'),
  ),
  ...['old.reddit.com', 'tiktok.com', 'twitter.com', 'youtube.com', 'x.com', 't.co'].map(
    referrer(13, 'organic_social'),
  ),
  ...['lnkd.in', 'youtu.be'].map(referrer(13, 'organic_social')),
  [14, {}, 'direct'],
  [14, { utm_medium: 'unheard-of' }, 'direct'],
  [14, { click_id: 'fbclid' }, 'direct'],
  [15, { referrer_host: 'shop.example', is_internal: 'true' }, 'direct'],
  ...[
    'blog.example',
    'notgoogle.com',
    'max.com',
    'at.co',
    'mybing.com',
    'facebook.com.evil.example',
  ].map(referrer(16, 'referral')),
];

function medium(rule: number, channel: string) {
  return (utm_medium: string): [number, Partial<ChannelFacts>, string] => [
    rule,
    { utm_medium },
    channel,
  ];
}
function source(rule: number, channel: string) {
  return (utm_source: string): [number, Partial<ChannelFacts>, string] => [
    rule,
    { utm_source },
    channel,
  ];
}
function click(rule: number, channel: string) {
  return (click_id: string): [number, Partial<ChannelFacts>, string] => [
    rule,
    { click_id },
    channel,
  ];
}
function referrer(rule: number, channel: string) {
  return (referrer_host: string): [number, Partial<ChannelFacts>, string] => [
    rule,
    { referrer_host },
    channel,
  ];
}

const FILE = readFileSync(new URL('../channels.yml', import.meta.url), 'utf8');
const written = parse(FILE) as { channel: string; when: object }[];
/** The same rules, each answering with its place, so that a case names the rule it meets. */
const places = new ChannelRules(
  JSON.stringify(written.map(({ when }, place) => ({ channel: String(place), when }))),
);
const rules = new ChannelRules();

describe('channels.yml', () => {
  it.each(CASES)('rule %d takes %j to %s', (rule, facts, channel) => {
    expect(places.channelOf({ ...NOTHING, ...facts })).toBe(String(rule));
    expect(rules.channelOf({ ...NOTHING, ...facts })).toBe(channel);
  });

  it('has no rule without a case', () => {
    expect([...new Set(CASES.map(([rule]) => rule))]).toEqual(written.map((_, place) => place));
  });

  it('lets the campaign win over the referrer and the first rule over the later', () => {
    const google = { referrer_host: 'google.com' };
    expect(rules.channelOf({ ...NOTHING, ...google, utm_medium: 'email' })).toBe('email');
    expect(rules.channelOf({ ...NOTHING, ...google, click_id: 'gclid' })).toBe('paid_search');
    expect(rules.channelOf({ ...NOTHING, utm_medium: 'social', utm_source: 'newsletter' })).toBe(
      'email',
    );
  });

  it('answers unknown where no rule matches', () => {
    const only = new ChannelRules('- channel: a\n  when: { utm_medium: [b] }');
    expect(only.channelOf(NOTHING)).toBe('unknown');
  });
});
