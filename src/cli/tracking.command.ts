/** `cartograph tracking`: what each source sends, against what the contracts declare. */
import type { Command } from 'commander';
import type { TrackedEvent, Tracking } from '../ingest/index.js';
import { withService, type ServiceOptions } from './client.js';
import { printTable } from './print.js';

interface TrackingOptions extends ServiceOptions {
  source?: string;
  from?: string;
  to?: string;
  json?: boolean;
}

const SHOWN_NAMES = 20;

/** Registers the command. */
export function registerTracking(program: Command): void {
  program
    .command('tracking')
    .description('Show what each source sends and how it differs from the contracts; no values.')
    .option('--source <name>', 'of this shop or channel')
    .option('--from <date>', 'from this day (reporting timezone) or instant; default: 7 days')
    .option('--to <date>', 'up to this day or instant, exclusive')
    .option('--data-dir <folder>', 'data directory of the service')
    .option('--json', 'print JSON')
    .action(async ({ source, from, to, json, ...options }: TrackingOptions) => {
      const given = Object.entries({ source, from, to }).filter(([, value]) => value !== undefined);
      const query = new URLSearchParams(given as [string, string][]);
      const tracking = await withService(options, (client) =>
        client.request<Tracking>('GET', `/api/v1/pipelines/tracking?${query}`),
      );
      if (json) process.stdout.write(`${JSON.stringify(tracking)}\n`);
      else print(tracking);
    });
}

function print({ from, to, sources }: Tracking): void {
  const rows = sources.flatMap(({ source, events }) =>
    events.map((event) => [
      ...[source, event.event || event.call, String(event.events), String(event.rejected)],
      ...[event.is_declared ? event.contract : 'not declared', event.last_seen],
    ]),
  );
  printTable(['source', 'event', 'events', 'rejected', 'contract', 'last seen'], rows, [2, 3]);
  for (const { source, events, never_arrived: missing } of sources) {
    const lines = [
      ...events.flatMap(differences),
      ...(missing.length === 0 ? [] : [`never arrived: ${shortened(missing)}`]),
    ];
    process.stdout.write([`\n${source}:`, ...lines].join('\n  ') + '\n');
  }
  const isSampled = sources.some(({ events }) => events.some(({ sampled }) => sampled));
  const note = isSampled ? ' Properties are those of the newest events of each kind.' : '';
  process.stdout.write(`\nFrom ${from} to ${to}.${note}\n`);
}

function differences(event: TrackedEvent): string[] {
  const name = event.event || event.call;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const undeclared = event.undeclared_properties.map(
    (property) =>
      `${property.name} (${percent(property.share)}, ` +
      `${property.types.map(({ type }) => type).join(' or ')})`,
  );
  const drift = event.type_drift.map(({ name: property, declared, seen }) => {
    const types = seen.map(({ type, share }) => `${type} ${percent(share)}`).join(', ');
    return `${name}: ${property} is ${types}; declared ${declared?.join(' or ') ?? 'any'}`;
  });
  const never = event.is_declared ? event.never_seen_properties : [];
  return [
    ...drift,
    ...(undeclared.length === 0 ? [] : [`${name}: not declared: ${shortened(undeclared)}`]),
    ...(never.length === 0 ? [] : [`${name}: never sent: ${shortened(never)}`]),
  ];
}

function shortened(names: string[]): string {
  const more = names.length - SHOWN_NAMES;
  return names.slice(0, SHOWN_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
