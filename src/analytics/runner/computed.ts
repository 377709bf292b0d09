/** What a model's `compute` function makes of the rows that its SQL selects. */
import type { StatementParameters } from '../../platform/warehouse/warehouse.js';
import type { Model } from '../compiler/model.js';
import type { Row } from '../science/index.js';
import type { RunContext } from './run-context.js';
import { columnNames } from './tables.js';

/** The most rows that one insert holds. */
const MAX_ROWS = 50_000;

export async function insertComputed(
  context: RunContext,
  model: Model,
  sql: string,
  parameters: StatementParameters,
  table: string,
): Promise<void> {
  const selected = await context.warehouse.query<Row>('pipeline', sql, parameters);
  const rows = await context.science.map(model.compute!, selected);
  for (let start = 0; start < rows.length; start += MAX_ROWS) {
    const lines = rows.slice(start, start + MAX_ROWS).map((row) => JSON.stringify(row));
    await context.warehouse.insertLines(table, columnNames(model), lines);
  }
}
