/** `cartograph contracts check`: what a change of the contracts does to those who send events. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import {
  compareContract,
  compareContracts,
  type ContractChange,
} from '../contracts/compatibility/contract-changes.js';
import type { JsonObject } from '../contracts/json.js';
import { printTable } from './print.js';

/** A folder of contracts, or one file of it with those that it may refer to. */
interface Contracts {
  files: Map<string, JsonObject>;
  /** The one that is meant; null for all. */
  file: string | null;
}

const BREAKING = 2;

/** Registers the command and the one below it. */
export function registerContracts(program: Command): void {
  program
    .command('contracts')
    .description('Compare event contracts.')
    .command('check <old> <new>')
    .description('Say what of a change breaks senders. Two folders of contracts, or two files.')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExit codes: 0 compatible, 2 it breaks or may break, 1 cannot be read.')
    .action(async (old: string, now: string, { json }: { json?: boolean }) => {
      const changes = compare(await readContracts(old), await readContracts(now));
      const isCompatible = changes.every(({ severity }) => severity === 'compatible');
      const verdict = { compatible: isCompatible, ...bySeverity(changes) };
      if (json) process.stdout.write(`${JSON.stringify(verdict)}\n`);
      else print(changes, isCompatible);
      process.exitCode = isCompatible ? 0 : BREAKING;
    });
}

function compare(old: Contracts, now: Contracts): ContractChange[] {
  if (old.file === null && now.file === null) return compareContracts(old.files, now.files);
  if (old.file === null || now.file === null) {
    throw new Error('Give two folders or two files, not one of each.');
  }
  return compareContract(old.files, old.file, now.files, now.file);
}

async function readContracts(path: string): Promise<Contracts> {
  const isFolder = (await stat(path)).isDirectory();
  const folder = isFolder ? path : dirname(path);
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  if (isFolder && names.length === 0) throw new Error(`${path} holds no contracts.`);
  const file = isFolder ? null : basename(path);
  const files = new Map<string, JsonObject>();
  for (const name of new Set([...names, ...(file === null ? [] : [file])])) {
    files.set(name, await readContract(join(folder, name)));
  }
  return { files, file };
}

async function readContract(path: string): Promise<JsonObject> {
  const text = await readFile(path, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is no JSON.`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${path} is no JSON object.`);
  }
  return value as JsonObject;
}

function bySeverity(changes: ContractChange[]) {
  const withSeverity = (wanted: ContractChange['severity']) =>
    changes
      .filter(({ severity }) => severity === wanted)
      .map(({ contract, pointer, rule, words }) => ({ contract, pointer, rule, words }));
  return {
    breaks: withSeverity('breaks'),
    may_break: withSeverity('may_break'),
    compatible_changes: withSeverity('compatible'),
  };
}

function print(changes: ContractChange[], isCompatible: boolean): void {
  const order = ['breaks', 'may_break', 'compatible'];
  const sorted = changes.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  const rows = sorted.map(({ severity, contract, pointer, words }) => [
    ...[severity.replace('_', ' '), contract, pointer || '/', words],
  ]);
  if (rows.length > 0) printTable(['effect', 'contract', 'where', 'what'], rows);
  const verdict = isCompatible ? 'Compatible.' : 'Not compatible: senders must be asked first.';
  process.stdout.write(`${verdict}\n`);
}
