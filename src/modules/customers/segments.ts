/** The RFM segments as gold.customer_segments names them, best first, with their names for people. */
const LABELS = {
  champions: 'Champions',
  loyal: 'Loyal',
  potential_loyalist: 'Potential loyalist',
  new: 'New',
  promising: 'Promising',
  needs_attention: 'Needs attention',
  about_to_sleep: 'About to sleep',
  at_risk: 'At risk',
  cannot_lose: 'Cannot lose',
  hibernating: 'Hibernating',
  lost: 'Lost',
  unsegmented: 'Too few customers to segment',
} as const;

/** The name of a segment for people; of what is none, itself. */
export const segmentLabel = (segment: string): string =>
  (LABELS as Record<string, string>)[segment] ?? segment;
