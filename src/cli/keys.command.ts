/** `cartograph keys create|list|revoke`. */
import type { Command } from 'commander';
import { SCOPES } from '../contracts/scopes.js';
import type { KeyDescription } from '../platform/auth/api-keys.js';
import { withService, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

const PATH = '/api/v1/access/keys';

interface CreateOptions extends ServiceOptions {
  scopes: string;
  source?: string;
  json?: boolean;
}

export function registerKeys(program: Command): void {
  const keys = program.command('keys').description('Create, list and revoke API keys.');
  keys
    .command('create <name>')
    .description('Create a key. It is shown this one time.')
    .requiredOption('--scopes <list>', `scopes, separated by commas: ${SCOPES.join(', ')}`)
    .option('--source <name>', 'the shop or channel of the events sent with it (default: the name)')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON')
    .action(create);
  keys
    .command('list')
    .description('List all keys, without the keys themselves.')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON')
    .action(list);
  keys
    .command('revoke <name>')
    .description('Revoke the live key of this name.')
    .option('--data-dir <folder>', 'data directory of the service')
    .action(async (name: string, options: ServiceOptions) => {
      const path = `${PATH}/${encodeURIComponent(name)}`;
      await withService(options, (client) => client.request('DELETE', path));
      process.stdout.write(`Revoked ${name}.\n`);
    });
}

async function create(name: string, { scopes, source, json, ...options }: CreateOptions) {
  const list = scopes.split(',').map((scope) => scope.trim());
  const body = { name, scopes: list, ...(source ? { source } : {}) };
  const created = await withService(options, (client) =>
    client.request<{ name: string; key: string; scopes: string[] }>('POST', PATH, body),
  );
  if (json) process.stdout.write(`${JSON.stringify(created)}\n`);
  else process.stdout.write(`${created.key}\nKeep it: it is not shown again.\n`);
}

async function list({ json, ...options }: ServiceOptions & { json?: boolean }) {
  const keys = await withService(options, (client) =>
    client.request<KeyDescription[]>('GET', PATH),
  );
  if (json) return void process.stdout.write(`${JSON.stringify(keys)}\n`);
  const rows = keys.map((key) => [
    key.name,
    key.scopes.join(','),
    key.source,
    key.created_at,
    key.revoked_at ?? '',
  ]);
  printTable(['name', 'scopes', 'source', 'created', 'revoked'], rows);
}
