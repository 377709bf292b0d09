/**
 * How visitors reach the simulated shop: channels with their campaigns, referrers and appetite to
 * buy. Imported only inside `cli/shop`.
 */
import type { JsonObject } from '../../contracts/json.js';
import type { Random } from './prng.js';

/** A way into the shop. `knownShare` is the part of its lookers who are customers already. */
export interface Channel {
  name: string;
  share: number;
  /** How much likelier than average a visit by this channel ends in an order. */
  appetite: number;
  knownShare: number;
  landsOnHome: number;
  referrers: readonly string[];
  source?: string;
  medium?: string;
  campaigns?: readonly string[];
}

/** How one visit began. */
export interface Arrival {
  channel: Channel;
  referrer: string;
  /** The query parameters of the landing page. */
  query: Record<string, string>;
  /** The campaign in Segment's `context.campaign` shape. */
  campaign?: JsonObject;
}

const CHANNELS: readonly Channel[] = [
  {
    name: 'direct',
    share: 26,
    appetite: 1.2,
    knownShare: 0.45,
    landsOnHome: 0.7,
    referrers: [''],
  },
  {
    name: 'organic',
    share: 28,
    appetite: 0.9,
    knownShare: 0.15,
    landsOnHome: 0.3,
    referrers: [
      'https://www.google.com/',
      'https://www.google.com/',
      'https://www.google.com/',
      'https://www.bing.com/',
      'https://duckduckgo.com/',
    ],
  },
  {
    name: 'paid search',
    share: 17,
    appetite: 1.1,
    knownShare: 0.1,
    landsOnHome: 0.1,
    referrers: ['https://www.google.com/'],
    source: 'google',
    medium: 'cpc',
    campaigns: ['brand', 'shopping-home', 'shopping-gifts'],
  },
  {
    name: 'newsletter',
    share: 10,
    appetite: 1.5,
    knownShare: 0.75,
    landsOnHome: 0.3,
    referrers: ['', '', 'https://mail.google.com/'],
    source: 'newsletter',
    medium: 'email',
    campaigns: ['weekly-letter', 'welcome', 'win-back'],
  },
  {
    name: 'paid social',
    share: 11,
    appetite: 0.6,
    knownShare: 0.1,
    landsOnHome: 0.1,
    referrers: ['https://l.facebook.com/', 'https://m.facebook.com/'],
    source: 'facebook',
    medium: 'paid_social',
    campaigns: ['prospecting-lookalike', 'retargeting-cart'],
  },
  {
    name: 'affiliate',
    share: 5,
    appetite: 1,
    knownShare: 0.1,
    landsOnHome: 0.3,
    referrers: ['https://deals.example.net/', 'https://home-finds.example.org/best-of'],
    source: 'affiliate',
    medium: 'affiliate',
    campaigns: ['deals-network', 'home-finds'],
  },
  {
    name: 'referral',
    share: 3,
    appetite: 0.7,
    knownShare: 0.1,
    landsOnHome: 0.3,
    referrers: ['https://blog.example.org/ten-lamps', 'https://forum.example.net/t/4711'],
  },
];
const SALE_CAMPAIGN = 'sale-week';
const SALE_CAMPAIGN_SHARE = 0.7;
const SALE_PUSH = 1.6;
const AVERAGE_APPETITE =
  CHANNELS.reduce((sum, { share, appetite }) => sum + share * appetite, 0) /
  CHANNELS.reduce((sum, { share }) => sum + share, 0);

/** The campaigns that the shop pays for by the click. */
export function paidCampaigns(): { source: string; medium: string; campaign: string }[] {
  return CHANNELS.flatMap(({ name, source, medium, campaigns }) =>
    name.startsWith('paid') && source && medium
      ? (campaigns ?? []).map((campaign) => ({ source, medium, campaign }))
      : [],
  );
}

/** How likely a visit by this channel ends in an order, against an average of one. */
export function relativeAppetite(channel: Channel): number {
  return channel.appetite / AVERAGE_APPETITE;
}

/** A way in; in the sale week the shop pays for more campaign traffic. */
export function arrive(random: Random, isSale: boolean): Arrival {
  const channel = random.weighted(
    CHANNELS.map(
      (each) => [each, each.share * (isSale && each.campaigns ? SALE_PUSH : 1)] as const,
    ),
  );
  const arrival: Arrival = { channel, referrer: random.pick(channel.referrers), query: {} };
  const { source, medium, campaigns } = channel;
  if (!source || !medium || !campaigns) return arrival;
  const isSaleCampaign = isSale && random.chance(SALE_CAMPAIGN_SHARE);
  const name = isSaleCampaign ? SALE_CAMPAIGN : random.pick(campaigns);
  arrival.query = { utm_source: source, utm_medium: medium, utm_campaign: name };
  arrival.campaign = { source, medium, name };
  if (medium === 'cpc') {
    const term = random.pick(['desk lamp', 'gifts for home', 'wooden toys', 'linen bedding']);
    arrival.query['utm_term'] = term;
    arrival.campaign['term'] = term;
    arrival.query['gclid'] = random.uuid().replaceAll('-', '');
  } else if (medium === 'paid_social') {
    const content = random.pick(['carousel', 'video', 'story']);
    arrival.query['utm_content'] = content;
    arrival.campaign['content'] = content;
  }
  return arrival;
}
