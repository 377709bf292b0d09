/** The public face of ingest: what the wiring and the departments may use of it. */
export { createIngestModule } from './ingest.module.js';
export { BronzeWriter } from './bronze.writer.js';
export { ContractRegistry } from './collector/contract-registry.js';
export type { Acknowledgement } from './collector/outcome.js';
