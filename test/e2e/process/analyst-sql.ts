/** Runs the analysts' queries of docs/sql as they stand, by the command line. */
import { cartograph } from '../../support/spawned-service.js';

export type SqlRow = Record<string, string | number | null>;

export async function analystSql(dataDir: string, name: string): Promise<SqlRow[]> {
  const parameters = ['--param', 'currency=USD', '--param', 'timezone=UTC'];
  const file = `docs/sql/${name}.sql`;
  const ended = await cartograph(['sql', file, '--data-dir', dataDir, '--json', ...parameters]);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return ended.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SqlRow);
}

/** The sum of a column of decimals, in cents. */
export function cents(rows: readonly SqlRow[], column: string): number {
  return rows.reduce((sum, row) => sum + Math.round(Number(row[column]) * 100), 0);
}
