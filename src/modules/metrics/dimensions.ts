/** Dimensions that several departments have, so that each means and is named the same everywhere. */
import type { DimensionDefinition } from './definition.js';

const COUNTRY_NAMES = new Intl.DisplayNames('en', { type: 'region', fallback: 'code' });

/** A country that has no ISO 3166 code stands by its name already. */
const countryName = (key: string) => (/^[A-Z]{2}$/.test(key) ? COUNTRY_NAMES.of(key)! : key);

export const COUNTRY: DimensionDefinition = {
  id: 'country',
  label: 'Country',
  key: 'm.country',
  nameOf: countryName,
};
export const DEVICE: DimensionDefinition = { id: 'device', label: 'Device', key: 'm.device_type' };
export const SOURCE: DimensionDefinition = { id: 'source', label: 'Source', key: 'm.source' };
export const CHANNEL: DimensionDefinition = { id: 'channel', label: 'Channel', key: 'm.channel' };

/** Orders bear an empty field where their session has no campaign, sessions bear `none`. */
const orNone = (column: string) => `if(${column} = '', 'none', ${column})`;

/** Of the session; `none` without a campaign, `unknown` for an order without a session. */
export const CAMPAIGN: readonly DimensionDefinition[] = [
  { id: 'utm_source', label: 'Campaign source', key: orNone('m.utm_source') },
  { id: 'medium', label: 'Campaign medium', key: orNone('m.utm_medium') },
  { id: 'campaign', label: 'Campaign', key: orNone('m.utm_campaign') },
];

/** Of gold.product_15m. */
export const PRODUCT: readonly DimensionDefinition[] = [
  {
    id: 'product',
    label: 'Product',
    key: 'm.product_id',
    labelOf: `argMaxIf(m.product_name, m.bucket_at, m.product_name != '')`,
  },
  { id: 'category', label: 'Category', key: 'm.category' },
  { id: 'brand', label: 'Brand', key: 'm.brand' },
];
