/** `cartograph load`: sends a file in parts, starts its load, follows it. */
import { createHash } from 'node:crypto';
import { access, constants, open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { PART_BYTES } from '../contracts/uploads.js';
import { withService, type ApiClient, type ServiceOptions } from './client.js';
import { followLoad, wordsOf, type LoadView } from './loads.js';
import { printTable } from './print.js';

interface LoadOptions extends ServiceOptions {
  mapping?: string;
  json?: boolean;
}

const LOADS = '/api/v1/pipelines/loads';
const SHOWN_REJECTIONS = 20;

export function registerLoad(program: Command): void {
  program
    .command('load <entity> <file>')
    .description(
      'Load a CSV, NDJSON or JSON file, gzipped or not: customers, products, orders, order_lines, ' +
        'refunds, ad_spend, fx_rates, feedback or events.',
    )
    .requiredOption('--mapping <file>', 'YAML that says how its rows become records')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print the counts as JSON')
    .action(async (entity: string, file: string, options: LoadOptions) => {
      const load = await withService(options, (client) => loadFile(client, entity, file, options));
      if (options.json) process.stdout.write(`${JSON.stringify(load.counts)}\n`);
      else process.stdout.write(`${wordsOf(load)}\n`);
      if (options.json && load.error) process.stderr.write(`${wordsOf(load)}\n`);
      process.exitCode = load.status === 'done' ? 0 : 1;
    });
}

/** Sends the file, starts its load and follows it to its end. */
export async function loadFile(
  client: ApiClient,
  entity: string,
  file: string,
  { mapping, json }: Pick<LoadOptions, 'mapping' | 'json'>,
): Promise<LoadView> {
  // A file that cannot be read is told before anything is asked of the service.
  await access(file, constants.R_OK);
  const body = {
    entity,
    file_name: basename(file),
    mapping: await readFile(mapping!, 'utf8'),
  };
  const { id } = await client.request<{ id: string }>('POST', LOADS, body);
  const sha256 = await upload(client, id, file);
  await client.request('POST', `${LOADS}/${id}/start`, { sha256 });
  const isShown = !json && process.stderr.isTTY === true;
  const load = await followLoad(client, id, ({ counts, rows_total: total }) => {
    if (isShown) process.stderr.write(`\r  ${counts.read} of ${total ?? '…'} rows`);
  });
  if (isShown) process.stderr.write('\n');
  if (load.counts.rejected > 0 && !json) await showRejections(client, id);
  return load;
}

/** Answers with the file's SHA-256, so that the service can tell that all of it arrived. */
async function upload(client: ApiClient, id: string, file: string): Promise<string> {
  const hash = createHash('sha256');
  const handle = await open(file);
  try {
    for (let part = 0; ; part += 1) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(PART_BYTES), 0, PART_BYTES);
      if (bytesRead === 0 && part > 0) break;
      const bytes = buffer.subarray(0, bytesRead);
      hash.update(bytes);
      await client.upload(`${LOADS}/${id}/parts/${part}`, bytes);
      if (bytesRead < PART_BYTES) break;
    }
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

async function showRejections(client: ApiClient, id: string): Promise<void> {
  const found = await client.request<
    { line: number; field: string; code: string; detail: string }[]
  >('GET', `${LOADS}/${id}/rejected`);
  const rows = found
    .slice(0, SHOWN_REJECTIONS)
    .map(({ line, code, detail }) => [String(line), code, detail]);
  printTable(['line', 'reason', 'detail'], rows, [0]);
  process.stdout.write(
    `The rows themselves, for a key with pii:read: GET ${LOADS}/${id}/rejected/rows\n`,
  );
}
