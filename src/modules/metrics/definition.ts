/**
 * What a department declares: its metrics and the gold models that answer them. A metric is one
 * value; its id is the same in REST, GraphQL, documentation and CSV headers.
 */
import type { Unit } from '../../contracts/metric-contract.js';
import type { Scope } from '../../contracts/scopes.js';

/** SQL over the columns of a gold model, by model. The builder takes identifiers from here only. */
export type ExpressionByModel = Readonly<Record<string, string>>;

export interface MetricDefinition {
  id: string;
  version: number;
  label: string;
  /** The formula in words. */
  formula: string;
  unit: Unit;
  expression: ExpressionByModel;
  owner: string;
  /** True if it is null, not 0, where nothing happened. */
  isRatio?: boolean;
  /** True for an estimate. */
  isApproximate?: boolean;
  /** True if identity stitching may still change it. */
  isProvisional?: boolean;
}

export interface DimensionDefinition {
  id: string;
  label: string;
  /** The column or expression that gives the key, as text. */
  key: string;
  /** True if the key is a list: a row counts under each of its items, and passes by any of them. */
  isList?: boolean;
  /** An aggregate that gives the label; the key itself if left out. */
  labelOf?: string;
  /** Names a key in words, where the warehouse has no name for it. */
  nameOf?: (key: string) => string;
}

/** A gold model that answers metrics, with the dimensions by which it can be split. */
export interface Surface {
  model: string;
  time: string;
  dimensions: readonly DimensionDefinition[];
  /**
   * Which rows a currency picks: those in it, those in it or in none, or all. Default: those in it.
   */
  currency?: 'own' | 'own or none' | 'all';
  /**
   * Where rows count up to a day after that of this column, by which they are stored: it is bounded
   * too, so that other days are not read.
   */
  start?: string;
  /**
   * True if it answers how much there is at the end of a range, `{to:…}`, and not what happened
   * within: rows count however long before they began. It has no series.
   */
  isStock?: boolean;
  /** What is answered by this model when `metrics` is left out; else the department's set. */
  standardMetrics?: readonly string[];
}

export interface Department {
  id: string;
  scope: Scope;
  metrics: readonly MetricDefinition[];
  /** In order of preference: the first that has all that is asked for answers. */
  surfaces: readonly Surface[];
  /** The model that tells how complete an answer is; every answer depends on it. */
  completenessModel: string;
  /** True if a reconciliation with the shop's database vouches for its numbers. */
  isReconciled?: boolean;
  /** What is answered when `metrics` is left out. */
  standardMetrics: readonly string[];
}

export function dimensionIds(department: Department): string[] {
  return [...new Set(department.surfaces.flatMap(({ dimensions }) => dimensions.map((d) => d.id)))];
}
