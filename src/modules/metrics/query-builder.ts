/**
 * Compiles a request to SQL with bound parameters. Identifiers and expressions come only from the
 * definitions; everything a caller wrote is a parameter.
 */
import { toEngineInstant, type StatementParameters } from '../../platform/warehouse/warehouse.js';
import type { DimensionDefinition, Surface } from './definition.js';
import { engineTimezone, type Granularity, type Range } from './range.js';
import type { MetricRequest } from './request.js';

export interface Query {
  sql: string;
  parameters: StatementParameters;
}

/** One row; its columns are the metric ids. */
export function summaryQuery(request: MetricRequest, range: Range): Query {
  return {
    sql: `select ${metricColumns(request)}\n${fromWhere(request)}`,
    parameters: parametersOf(request, range),
  };
}

/** The bucket of an instant, by the parameter `timezone`. */
export const BUCKETS: Record<Granularity, (time: string) => string> = {
  hour: (time) => `toUnixTimestamp(toStartOfHour(${time}, {timezone:String}))`,
  day: (time) => `toDate(${time}, {timezone:String})`,
  week: (time) => `toMonday(toDate(${time}, {timezone:String}))`,
  month: (time) => `toStartOfMonth(toDate(${time}, {timezone:String}))`,
};

/** One row a bucket that has data; `bucket` is its key (see bucketKey). */
export function seriesQuery(request: MetricRequest, granularity: Granularity): Query {
  const bucket = BUCKETS[granularity](request.surface.time);
  return {
    sql:
      `select toString(${bucket}) as bucket, ${metricColumns(request)}\n` +
      `${fromWhere(request)}\ngroup by bucket`,
    parameters: {
      ...parametersOf(request, request.range),
      timezone: engineTimezone(request.timezone),
    },
  };
}

/** Rows by the dimension, largest first metric first, ties by key. One row more than the limit. */
export function breakdownQuery(
  request: MetricRequest,
  dimension: DimensionDefinition,
  limit: number,
  offset: number,
): Query {
  const first = request.metrics[0]!.id;
  const by = dimension.isList ? `arrayJoin(${dimension.key})` : dimension.key;
  const label = dimension.labelOf ?? `any(toString(${by}))`;
  return {
    sql:
      `select toString(${by}) as key, ${label} as label, ${metricColumns(request)}\n` +
      `${fromWhere(request)}\ngroup by ${by}\n` +
      `order by ${first} desc nulls last, key\n` +
      `limit {limit:UInt32} offset {offset:UInt32}`,
    parameters: { ...parametersOf(request, request.range), limit: limit + 1, offset },
  };
}

/** The rows that the range and the filters pick, as they are. */
export function pickedRows(request: MetricRequest): Query {
  return {
    sql: `select m.*\n${fromWhere(request)}`,
    parameters: parametersOf(request, request.range),
  };
}

function metricColumns({ metrics, surface }: MetricRequest): string {
  return metrics.map(({ id, expression }) => `${expression[surface.model]} as ${id}`).join(', ');
}

/** Columns are qualified in expressions as `m.…`, so that a metric id may equal a column's name. */
function fromWhere({ surface, filters }: MetricRequest): string {
  const conditions = [
    ...currencyCondition(surface),
    ...(surface.start
      ? [
          `${surface.start} >= {from:DateTime64(3, 'UTC')} - interval 1 day`,
          `${surface.start} < {to:DateTime64(3, 'UTC')}`,
        ]
      : []),
    ...(surface.isStock ? [] : [`${surface.time} >= {from:DateTime64(3, 'UTC')}`]),
    `${surface.time} < {to:DateTime64(3, 'UTC')}`,
    ...filters.map(({ dimension: { key, isList } }, index) =>
      isList
        ? `hasAny(${key}, {filter_${index}:Array(String)})`
        : `toString(${key}) in {filter_${index}:Array(String)}`,
    ),
  ];
  return `from ${surface.model} as m\nwhere ${conditions.join('\n  and ')}`;
}

function currencyCondition({ currency }: Surface): string[] {
  if (currency === 'all') return [];
  if (currency === 'own or none') return [`m.currency in ({currency:String}, '')`];
  return ['m.currency = {currency:String}'];
}

function parametersOf(request: MetricRequest, range: Range): StatementParameters {
  const filters = request.filters.map(({ values }, index) => [`filter_${index}`, values] as const);
  return {
    currency: request.currency,
    from: toEngineInstant(range.from.toJSDate()),
    to: toEngineInstant(range.to.toJSDate()),
    ...Object.fromEntries(filters),
  };
}
