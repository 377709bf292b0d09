/** The public face of ingest: what the wiring and the departments may use of it. */
export { createIngestModule } from './ingest.module.js';
export { maskText } from './privacy/mask.js';
export { BronzeWriter } from './bronze.writer.js';
export { ContractRegistry } from './collector/contract-registry.js';
export type { Acknowledgement } from './collector/outcome.js';
export { RejectedEvents } from './rejected/rejected-events.js';
export type { RejectionGroup, RejectionPage, WholeRejection } from './rejected/rejected-events.js';
export { MAX_REPLAYED_IDS, Replays } from './rejected/replays.js';
export type { ReplayOutcome } from './rejected/replays.js';
export { REJECTION_STATES } from './rejected/selection.js';
export type { RejectionState } from './rejected/selection.js';
export { TrackingReader } from './tracking/tracking.js';
export type { TrackedEvent, Tracking } from './tracking/tracking.js';
export { FxRatesSource } from './sources/http/fx-rates-source.js';
export { ShopSource } from './sources/database/shop-source.js';
export { Loads } from './sources/loads/loads.js';
export { fromMillionths, millionths, readShopOrders } from './sources/database/shop-orders.js';
export type { ShopOrder } from './sources/database/shop-orders.js';
