/** The gold models that answer questions about campaigns, and what each can be split by. */
import type { DimensionDefinition, Surface } from '../metrics/definition.js';
import { CHANNEL } from '../metrics/dimensions.js';

export const PERFORMANCE = 'gold.campaign_performance';
export const PAGES = 'gold.campaign_pages';
export const COUPONS = 'gold.campaign_coupons';
export const CREDITS = 'gold.campaign_credits';
export const TOUCHES = 'gold.attribution_credits';

/** Compared in lower case and without stray blanks, so that spend and sessions meet. */
const CAMPAIGN_FIELDS: readonly DimensionDefinition[] = [
  { id: 'campaign', label: 'Campaign', key: 'm.utm_campaign' },
  { id: 'utm_source', label: 'Campaign source', key: 'm.utm_source' },
  { id: 'medium', label: 'Campaign medium', key: 'm.utm_medium' },
  { id: 'content', label: 'Campaign content', key: 'm.utm_content' },
  { id: 'term', label: 'Campaign term', key: 'm.utm_term' },
  CHANNEL,
];
const MATCHED: DimensionDefinition = {
  id: 'matched',
  label: 'By what spend is matched to sessions',
  key: 'm.matched',
};
const LANDING_PAGE: DimensionDefinition = {
  id: 'landing_page',
  label: 'Landing page',
  key: 'm.landing_page',
};

const time = 'm.bucket_at';

/** Sessions are in no currency. */
export const SURFACES: readonly Surface[] = [
  {
    model: PERFORMANCE,
    time,
    dimensions: [...CAMPAIGN_FIELDS, MATCHED],
    currency: 'own or none',
  },
  {
    model: PAGES,
    time,
    dimensions: [...CAMPAIGN_FIELDS, LANDING_PAGE],
    currency: 'own or none',
    standardMetrics: [
      'sessions',
      'bounce_rate',
      'conversion_rate',
      'attributed_orders',
      'attributed_net_revenue',
    ],
  },
  {
    model: COUPONS,
    time,
    dimensions: [
      ...CAMPAIGN_FIELDS,
      { id: 'coupon', label: 'Coupon of the order', key: 'm.coupon' },
    ],
    standardMetrics: ['orders', 'revenue'],
  },
];

/** What models of attribution credit, and spend. */
export const CREDIT_SURFACE: Surface = {
  model: CREDITS,
  time,
  dimensions: [...CAMPAIGN_FIELDS, MATCHED],
};
