/** The gold models that answer questions about feedback, and what each can be split by. */
import type { DimensionDefinition, Surface } from '../metrics/definition.js';
import { SOURCE } from '../metrics/dimensions.js';

export const FEEDBACK = 'gold.sentiment_15m';
export const BY_SEGMENT = 'gold.sentiment_by_segment';
export const TICKETS = 'gold.fct_tickets';
export const TEXTS = 'gold.fct_feedback';

const product = (time: string): DimensionDefinition => ({
  id: 'product',
  label: 'Product',
  key: 'm.product_id',
  labelOf: `argMaxIf(m.product_name, ${time}, m.product_name != '')`,
});

const dimensions = (time: string): readonly DimensionDefinition[] => [
  SOURCE,
  { id: 'kind', label: 'Review, ticket or survey', key: 'm.kind' },
  { id: 'channel', label: 'The way the feedback came', key: 'm.channel' },
  product(time),
  { id: 'category', label: 'Category', key: 'm.category' },
  { id: 'topic', label: 'Topic; a feedback may have several', key: 'm.topics', isList: true },
  { id: 'label', label: 'Positive, neutral, negative or unscored', key: 'm.label' },
  { id: 'language', label: 'Language of the text', key: 'm.language' },
  { id: 'status', label: 'Status', key: 'm.status' },
];
const RATING: DimensionDefinition = { id: 'rating', label: 'Rating as told', key: 'm.rating' };

/** Feedback has no currency; only segments do, since customers are told apart by what they spend. */
export const SURFACES: readonly Surface[] = [
  {
    model: FEEDBACK,
    time: 'm.bucket_at',
    dimensions: [...dimensions('m.bucket_at'), RATING],
    currency: 'all',
  },
  {
    model: BY_SEGMENT,
    time: 'm.bucket_at',
    dimensions: [
      ...dimensions('m.bucket_at'),
      RATING,
      { id: 'segment', label: 'Segment of the customer', key: 'm.segment' },
    ],
    currency: 'own or none',
  },
  {
    model: TICKETS,
    time: 'm.created_at',
    dimensions: [...dimensions('m.created_at'), RATING],
    currency: 'all',
    isStock: true,
  },
];

/** Feedback itself, for texts. */
export const TEXT_SURFACE: Surface = {
  model: TEXTS,
  time: 'm.created_at',
  dimensions: [
    ...dimensions('m.created_at'),
    { ...RATING, key: `ifNull(toString(m.rating), 'none')` },
  ],
  currency: 'all',
};
