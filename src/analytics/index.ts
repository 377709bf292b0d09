/**
 * The public face of analytics: what the departments, the pipelines module and the wiring may use.
 * Nothing else of this folder is imported from outside it.
 */
export { Science } from './science/science.js';
export {
  evaluateSentiment,
  type Evaluation,
  type RatedText,
} from './science/sentiment/evaluation.js';
export { loadProject } from './project.js';
export type { Column, Model, Project } from './compiler/model.js';
export { derivedColumns } from './compiler/scd2.js';
export { Runner } from './runner/runner.js';
export { VersionBoard } from './runner/version-board.js';
export { Quality, type FailingRow, type QualityFindings } from './quality/quality.js';
export {
  assess,
  assessedTables,
  QUALITY_TARGETS,
  type CheckOutcome,
  type TableQuality,
} from './quality/assess.js';
export { Retention, type RetentionPlan } from './retention/retention.js';
export { Freshness, type ModelFreshness } from './freshness.js';
export { Schedules, SCHEDULES } from './schedules.js';
export { Catalog, type CatalogRow, type EntryFreshness } from './catalog/catalog.js';
export { describeProject, type CatalogEntry } from './catalog/entries.js';
export {
  Evidence,
  type Publication,
  type PublishingRun,
  type Quarantined,
  type UncountedOrders,
} from './catalog/evidence.js';
