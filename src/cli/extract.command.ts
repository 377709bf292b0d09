/** `cartograph extract`: reads what is new in the shop's database. */
import type { Command } from 'commander';
import { withService, type ApiClient, type ServiceOptions } from './client.js';
import { followLoad, wordsOf, type LoadView } from './loads.js';

interface ExtractOptions extends ServiceOptions {
  full?: boolean;
  deletions?: boolean;
  json?: boolean;
}

interface Sources {
  shop_database: { is_connected: boolean };
}

export function registerExtract(program: Command): void {
  program
    .command('extract')
    .description('Read what is new in the shop database (SHOP_DATABASE_URL) into bronze.')
    .option('--full', 'read every table from its beginning')
    .option('--deletions', 'compare keys, so that deleted rows are found')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print the counts as JSON')
    .action(async ({ full, deletions, json, ...options }: ExtractOptions) => {
      const load = await withService(options, (client) => extract(client, { full, deletions }));
      if (json) process.stdout.write(`${JSON.stringify(load.counts)}\n`);
      else process.stdout.write(`${wordsOf(load)}\n`);
      if (json && load.error) process.stderr.write(`${wordsOf(load)}\n`);
      process.exitCode = load.status === 'done' ? 0 : 1;
    });
}

/** Before all models run: what the shop has. Throws if the extraction failed. */
export async function extractIfConnected(client: ApiClient): Promise<void> {
  const sources = await client.request<Sources>('GET', '/api/v1/pipelines/sources');
  if (!sources.shop_database.is_connected) return;
  const load = await extract(client, {});
  if (load.status === 'failed') throw new Error(wordsOf(load));
}

async function extract(client: ApiClient, body: object): Promise<LoadView> {
  const path = '/api/v1/pipelines/extractions';
  const { id } = await client.request<{ id: string }>('POST', path, body);
  return followLoad(client, id);
}
