/** From what a caller writes, in REST or GraphQL, to a checked request. */
import { CodedError } from '../../contracts/errors.js';
import type { Department, DimensionDefinition, MetricDefinition, Surface } from './definition.js';
import { dimensionIds } from './definition.js';
import { readRange, readTimezone, type Range } from './range.js';

export const MAX_FILTER_VALUES = 100;
export const MAX_ROWS = 1_000;

/** What every metric question may say; all of it may be left out. */
export interface MetricArguments {
  metrics?: string[];
  from?: string;
  to?: string;
  timezone?: string;
  currency?: string;
  /** Dimension id → values; a row passes if it has one of the values of each. */
  filter?: Record<string, string[]>;
}

export interface MetricRequest {
  department: Department;
  surface: Surface;
  metrics: MetricDefinition[];
  filters: { dimension: DimensionDefinition; values: string[] }[];
  range: Range;
  timezone: string;
  currency: string;
}

export interface ReportingDefaults {
  currency: string;
  timezone: string;
  now: Date;
}

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** Checks all parts; `by` is the dimension that the answer is split by, if any. */
export function readRequest(
  department: Department,
  given: MetricArguments,
  defaults: ReportingDefaults,
  by?: string,
): MetricRequest {
  const timezone = readTimezone(given.timezone, defaults.timezone);
  const range = readRange(given.from, given.to, timezone, defaults.now);
  const currency = readCurrency(given.currency ?? defaults.currency);
  const wanted = [...Object.keys(given.filter ?? {}), ...(by === undefined ? [] : [by])];
  requireKnown(department, wanted);
  const metrics = readMetrics(department, given.metrics ?? standardMetrics(department, wanted));
  const surface = chooseSurface(department, metrics, wanted);
  const filters = Object.entries(given.filter ?? {}).map(([id, values]) => {
    if (values.length === 0 || values.length > MAX_FILTER_VALUES) {
      throw new CodedError(
        'invalid_parameter',
        `The filter ${id} has ${values.length} values; 1 to ${MAX_FILTER_VALUES} are allowed.`,
      );
    }
    return { dimension: dimensionOf(surface, id), values };
  });
  return { department, surface, metrics, filters, range, timezone, currency };
}

export function dimensionOf(surface: Surface, id: string): DimensionDefinition {
  return surface.dimensions.find((dimension) => dimension.id === id)!;
}

/** The set of the first model that has all the dimensions. */
function standardMetrics(department: Department, dimensions: string[]): readonly string[] {
  const surface = department.surfaces.find((candidate) => hasAll(candidate, dimensions));
  return surface?.standardMetrics ?? department.standardMetrics;
}

const hasAll = (surface: Surface, dimensions: string[]) =>
  dimensions.every((id) => dimensionOf(surface, id) !== undefined);

function readMetrics(department: Department, wanted: readonly string[]): MetricDefinition[] {
  if (wanted.length === 0) throw new CodedError('unknown_metric', '`metrics` is empty.');
  return [...new Set(wanted)].map((id) => {
    const metric = department.metrics.find((known) => known.id === id);
    if (!metric) {
      const known = department.metrics.map((definition) => definition.id).join(', ');
      throw new CodedError('unknown_metric', `${quote(id)} is not a metric here; known: ${known}.`);
    }
    return metric;
  });
}

function requireKnown(department: Department, dimensions: string[]): void {
  const known = dimensionIds(department);
  const unknown = dimensions.find((id) => !known.includes(id));
  if (unknown !== undefined) {
    throw new CodedError(
      'unknown_dimension',
      `${quote(unknown)} is not a dimension here; known: ${known.join(', ')}.`,
    );
  }
}

/** The first model that answers all metrics and has all dimensions. */
function chooseSurface(
  department: Department,
  metrics: MetricDefinition[],
  dimensions: string[],
): Surface {
  const fits = department.surfaces.find(
    (surface) =>
      hasAll(surface, dimensions) &&
      metrics.every(({ expression }) => expression[surface.model] !== undefined),
  );
  if (fits) return fits;
  const barred = metrics.find(
    ({ expression }) =>
      !department.surfaces.some(
        ({ model, dimensions: own }) =>
          expression[model] !== undefined && dimensions.every((id) => own.some((d) => d.id === id)),
      ),
  );
  const metric = barred ?? metrics[0]!;
  const allowed = department.surfaces
    .filter(({ model }) => metric.expression[model] !== undefined)
    .flatMap((surface) => surface.dimensions.map(({ id }) => id));
  throw new CodedError(
    'dimension_not_allowed',
    `${metric.id} allows ${[...new Set(allowed)].join(', ')}.`,
  );
}

function readCurrency(text: string): string {
  if (!CURRENCIES.has(text)) throw new CodedError('unknown_currency', 'The currency is not known.');
  return text;
}

/** What a caller wrote, short enough to be shown back. */
function quote(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
