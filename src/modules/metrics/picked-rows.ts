/**
 * Queries of a department's own over the rows that a request's range and filters pick: their SQL
 * names them as `sessions()`, and as `by_dimension()` what they are split by. As everywhere,
 * identifiers come from the definitions, and what a caller wrote is bound.
 */
import type { DimensionDefinition } from './definition.js';
import { pickedRows, type Query } from './query-builder.js';
import type { MetricRequest } from './request.js';

export function pickedQuery(
  sql: string,
  request: MetricRequest,
  parameters: Query['parameters'],
  by?: DimensionDefinition,
): Query {
  const picked = pickedRows(request);
  return {
    sql: sql
      .replaceAll('sessions()', `(${picked.sql})`)
      .replaceAll('by_dimension()', by?.key ?? `'all'`),
    parameters: { ...picked.parameters, ...parameters },
  };
}
