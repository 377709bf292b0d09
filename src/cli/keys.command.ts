/** `cartograph keys create|list|rotate|revoke`. */
import type { Command } from 'commander';
import { SCOPES } from '../contracts/scopes.js';
import type { KeyDescription } from '../platform/auth/api-keys.js';
import { withService, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

const PATH = '/api/v1/access/keys';

interface CreateOptions extends ServiceOptions {
  scopes: string;
  source?: string;
  origins?: string;
  json?: boolean;
}

export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('Create, list, rotate and revoke API keys.');
  keys
    .command('create <name>')
    .description('Create a key. It is shown this one time.')
    .requiredOption('--scopes <list>', `scopes, separated by commas: ${SCOPES.join(', ')}`)
    .option('--source <name>', 'the shop or channel of the events sent with it (default: the name)')
    .option('--origins <list>', 'only pages of these origins may send with it, such as https://a.b')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON')
    .action(create);
  keys
    .command('rotate <name>')
    .description('Create a successor of a key; the old one goes on working for a while.')
    .option('--overlap-hours <hours>', 'for how long', '24')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON')
    .action(rotate);
  keys
    .command('list')
    .description('List all keys, without the keys themselves.')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON')
    .action(list);
  keys
    .command('revoke <name>')
    .description('Revoke every live key of this name.')
    .option('--data-dir <folder>', 'data directory of the service')
    .action(async (name: string, options: ServiceOptions) => {
      const path = `${PATH}/${encodeURIComponent(name)}`;
      await withService(options, (client) => client.request('DELETE', path));
      process.stdout.write(`Revoked ${name}.\n`);
    });
}

async function create(name: string, { scopes, source, origins, json, ...options }: CreateOptions) {
  const body = {
    name,
    scopes: listOf(scopes),
    ...(source ? { source } : {}),
    ...(origins ? { origins: listOf(origins) } : {}),
  };
  const created = await withService(options, (client) =>
    client.request<{ name: string; key: string; scopes: string[] }>('POST', PATH, body),
  );
  if (json) process.stdout.write(`${JSON.stringify(created)}\n`);
  else process.stdout.write(`${created.key}\nKeep it: it is not shown again.\n`);
}

interface RotateOptions extends ServiceOptions {
  overlapHours: string;
  json?: boolean;
}

async function rotate(name: string, { overlapHours, json, ...options }: RotateOptions) {
  const path = `${PATH}/${encodeURIComponent(name)}/rotation`;
  const body = { overlap_hours: Number(overlapHours) };
  const rotated = await withService(options, (client) =>
    client.request<{ key: string; old_expires_at: string }>('POST', path, body),
  );
  if (json) return void process.stdout.write(`${JSON.stringify(rotated)}\n`);
  process.stdout.write(
    `${rotated.key}\nKeep it: it is not shown again. The old key ends ${rotated.old_expires_at}.\n`,
  );
}

const listOf = (text: string) => text.split(',').map((part) => part.trim());

async function list({ json, ...options }: ServiceOptions & { json?: boolean }) {
  const keys = await withService(options, (client) =>
    client.request<KeyDescription[]>('GET', PATH),
  );
  if (json) return void process.stdout.write(`${JSON.stringify(keys)}\n`);
  const rows = keys.map((key) => [
    key.name,
    key.scopes.join(','),
    key.source,
    key.origins.join(','),
    key.created_at,
    key.revoked_at ?? key.expires_at ?? '',
  ]);
  printTable(['name', 'scopes', 'source', 'origins', 'created', 'ended'], rows);
}
