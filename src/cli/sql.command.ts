/**
 * `cartograph sql`: runs one of an analyst's queries on the warehouse and prints the rows. It reads
 * the warehouse itself, as `silver` and `gold` are not the API's to give away row by row.
 */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { AppConfig } from '../platform/config/config.js';
import { claimDataDir } from '../platform/data-dir.js';
import { printTable } from './print.js';

interface SqlOptions {
  dataDir?: string;
  param: Record<string, string>;
  json?: boolean;
}

export function registerSql(program: Command): void {
  program
    .command('sql <file>')
    .description(
      'Run a query (docs/sql has some) on the warehouse; the embedded one while no service runs.',
    )
    .option('--param <name=value>', 'a parameter of the query; may be repeated', readParameter, {})
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print rows as lines of JSON')
    .action(async (file: string, { dataDir, param, json }: SqlOptions) => {
      const sql = (await readFile(file, 'utf8')).trim().replace(/;$/, '');
      const rows = await queryWarehouse(AppConfig.load(dataDir ? { dataDir } : {}), sql, param);
      if (json) process.stdout.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      else print(rows);
    });
}

/** Rows of one statement. The embedded warehouse is claimed meanwhile, so that no service starts. */
async function queryWarehouse(
  config: AppConfig,
  sql: string,
  parameters: Record<string, string>,
): Promise<Record<string, unknown>[]> {
  const release = config.clickhouseUrl ? () => undefined : claimDataDir(config.dataDir);
  try {
    const { Warehouse } = await import('../platform/warehouse/warehouse.js');
    const warehouse = await Warehouse.open({ ...config, memoryMb: config.warehouseMemoryMb });
    try {
      // A server has its own users and rights; in the process there is nobody else to refuse.
      if (!config.clickhouseUrl) await warehouse.command('reader', 'set readonly = 2');
      return await warehouse.query('reader', sql, parameters);
    } finally {
      await warehouse.close();
    }
  } finally {
    release();
  }
}

function readParameter(text: string, known: Record<string, string>): Record<string, string> {
  const [, name, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw new Error('A parameter is written name=value.');
  return { ...known, [name]: value! };
}

function print(rows: Record<string, unknown>[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const isNumber = (value: unknown) => value !== null && /^-?\d+(\.\d+)?$/.test(String(value));
  const right = columns.flatMap((name, index) =>
    rows.every((row) => isNumber(row[name])) ? [index] : [],
  );
  const cells = rows.map((row) => columns.map((name) => String(row[name] ?? '')));
  printTable(columns, cells, right);
}
