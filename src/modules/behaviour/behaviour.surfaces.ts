/** The gold models that answer questions about behaviour, and what each can be split by. */
import type { DimensionDefinition, Surface } from '../metrics/definition.js';
import { CAMPAIGN, CHANNEL, COUNTRY, DEVICE, PRODUCT, SOURCE } from '../metrics/dimensions.js';

export const TRAFFIC = 'gold.traffic_15m';
export const ACTIVITY = 'gold.fct_activity';
export const SEARCHES = 'gold.fct_searches';
export const PRODUCTS = 'gold.product_15m';
export const SESSIONS = 'gold.fct_sessions';

const OF_SESSIONS: readonly DimensionDefinition[] = [
  SOURCE,
  CHANNEL,
  ...CAMPAIGN,
  { id: 'term', label: 'Campaign term', key: 'm.utm_term' },
  { id: 'content', label: 'Campaign content', key: 'm.utm_content' },
  { id: 'landing_page', label: 'Landing page', key: 'm.landing_page' },
  { id: 'exit_page', label: 'Exit page', key: 'm.exit_page' },
  { id: 'referrer', label: 'Referrer', key: 'm.referrer_host' },
  { id: 'click_id', label: 'Kind of ad click', key: 'm.click_id_name' },
  COUNTRY,
  DEVICE,
  { id: 'browser', label: 'Browser', key: 'm.browser' },
  { id: 'os', label: 'Operating system', key: 'm.os' },
  {
    id: 'visitor_type',
    label: 'New or returning',
    key: `if(m.is_first, 'new', 'returning')`,
  },
];

/** What searches do not carry. */
const NOT_OF_SEARCHES = ['term', 'content', 'exit_page', 'click_id', 'visitor_type'];

export const SURFACES: readonly Surface[] = [
  { model: TRAFFIC, time: 'm.bucket_at', dimensions: [SOURCE, CHANNEL], currency: 'all' },
  {
    model: ACTIVITY,
    time: 'm.bucket_at',
    start: 'm.started_at',
    dimensions: OF_SESSIONS,
    currency: 'all',
  },
  {
    model: SEARCHES,
    time: 'm.searched_at',
    start: 'm.started_at',
    dimensions: [
      ...OF_SESSIONS.filter(({ id }) => !NOT_OF_SEARCHES.includes(id)),
      { id: 'search_term', label: 'What was searched for', key: 'm.term' },
    ],
    currency: 'all',
    standardMetrics: [
      'searches',
      'results_per_search',
      'zero_result_rate',
      'search_conversion_rate',
    ],
  },
  {
    model: PRODUCTS,
    time: 'm.bucket_at',
    dimensions: [SOURCE, CHANNEL, ...CAMPAIGN, COUNTRY, DEVICE, ...PRODUCT],
    currency: 'all',
    standardMetrics: [
      'product_views',
      'adds_to_cart',
      'product_buys',
      'view_to_cart_rate',
      'view_to_buy_rate',
    ],
  },
];

/** Whole sessions by their start, for journeys. */
export const SESSION_SURFACE: Surface = {
  model: SESSIONS,
  time: 'm.started_at',
  dimensions: OF_SESSIONS,
  currency: 'all',
};
