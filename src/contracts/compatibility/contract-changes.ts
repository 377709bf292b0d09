/**
 * Compares two folders of contracts from the side of those who send events: what held before and
 * may not hold now, and what was only loosened or added. An event is held against the newest
 * version of its contract, so these are compared. Pure.
 */
import { eventKey } from '../event-key.js';
import type { JsonObject } from '../json.js';
import { SchemaSet, type Located } from '../schema-set.js';
import type { Certainty, Gap } from './gap.js';
import { SchemaComparison } from './schema-comparison.js';

/** The JSON files of a folder by their names. */
export type ContractFiles = ReadonlyMap<string, JsonObject>;

/** One difference. */
export interface ContractChange {
  contract: string;
  /** JSON pointer into the event; `*` is every item of a list. */
  pointer: string;
  /** The JSON Schema keyword, or `contract_added`, `contract_removed`. */
  rule: string;
  severity: Certainty | 'compatible';
  words: string;
}

interface Contract extends Located {
  name: string;
  version: number;
}

const CONTRACT_FILE = /^(?<name>[^_].*?)(?:\.v(?<version>\d+))?\.json$/;
const GENERIC = 'track';

/** Throws an Error for a reference that leads nowhere. */
export function compareContracts(before: ContractFiles, after: ContractFiles): ContractChange[] {
  const [old, now] = [newestOf(before), newestOf(after)];
  const sides = { before: new SchemaSet(before), after: new SchemaSet(after) };
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  return keys.flatMap((key) => {
    const [contract, next] = [old.get(key), now.get(key)];
    if (contract && next) return changesOf(sides, contract, next);
    if (contract) return [removed(contract)];
    return next ? [added(sides, old.get(callKey(GENERIC)), next)] : [];
  });
}

/** The same of one contract, whose file may have another name. */
export function compareContract(
  before: ContractFiles,
  file: string,
  after: ContractFiles,
  nextFile: string,
): ContractChange[] {
  const sides = { before: new SchemaSet(before), after: new SchemaSet(after) };
  return changesOf(sides, contractOf(file, before), contractOf(nextFile, after));
}

interface Sides {
  before: SchemaSet;
  after: SchemaSet;
}

function changesOf({ before, after }: Sides, old: Contract, now: Contract): ContractChange[] {
  const contract = now.name;
  const stricter = new SchemaComparison(before, after).gaps([old], [now]);
  const looser = new SchemaComparison(after, before).gaps([now], [old]);
  // A rule that was replaced by another one differs in both directions.
  const named = new Set(stricter.map(placeOf));
  return [
    ...renamed(old, now),
    ...stricter.map((gap) => {
      const words = `${gap.rule}: was ${gap.was}, now ${gap.now}`;
      return { contract, ...placed(gap), severity: gap.certainty, words };
    }),
    ...looser
      .filter((gap) => !named.has(placeOf(gap)))
      .map((gap) => {
        const words = `${gap.rule}: was ${gap.now}, now ${gap.was}`;
        return { contract, ...placed(gap), severity: 'compatible' as const, words };
      }),
  ];
}

/** Events of the old name are stored under the new one. */
function renamed(old: Contract, now: Contract): ContractChange[] {
  if (keyOf(old) === keyOf(now)) return [];
  const words = `x-event: was ${keyOf(old)}, now ${keyOf(now)}`;
  return [{ contract: now.name, pointer: '', rule: 'x-event', severity: 'breaks', words }];
}

const placed = ({ pointer, rule }: Gap) => ({ pointer, rule });
const placeOf = ({ pointer, rule }: Gap) => `${pointer} ${rule}`;

function removed({ name }: Contract): ContractChange {
  const words = 'The contract is gone: its events would lose their name and their rules.';
  return { contract: name, pointer: '', rule: 'contract_removed', severity: 'breaks', words };
}

/** Events of the name came before it had a contract, and were held against the generic one. */
function added({ before, after }: Sides, generic: Contract | undefined, now: Contract) {
  const change = { contract: now.name, pointer: '', rule: 'contract_added' };
  const gaps = generic ? new SchemaComparison(before, after).gaps([generic], [now]) : [];
  const [first] = gaps;
  if (!first) {
    return {
      ...change,
      severity: 'compatible' as const,
      words: 'A new contract, which any event of its name fulfils.',
    };
  }
  const more = gaps.length > 1 ? ` and ${gaps.length - 1} more` : '';
  const words = `A new contract: events of its name were free until now; ${first.rule} of ${first.pointer || 'the event'}${more}.`;
  return { ...change, severity: 'may_break' as const, words };
}

const callKey = (call: string) => `call ${call}`;

/**
 * The newest contract of each event, and of each call for the generic ones. An event that any
 * version names is held against the newest of them, whatever that one calls it.
 */
function newestOf(files: ContractFiles): Map<string, Contract> {
  const names = [...files.keys()].filter((name) => CONTRACT_FILE.test(name)).sort();
  const contracts = names.map((file) => contractOf(file, files));
  const byName = new Map<string, Contract>();
  for (const contract of contracts) {
    const known = byName.get(contract.name);
    if (!known || known.version < contract.version) byName.set(contract.name, contract);
  }
  return new Map(contracts.map((contract) => [keyOf(contract), byName.get(contract.name)!]));
}

function keyOf({ schema: { 'x-event': event }, name }: Contract): string {
  return typeof event === 'string' ? `event ${eventKey(event)}` : callKey(name);
}

function contractOf(file: string, files: ContractFiles): Contract {
  const schema = files.get(file);
  if (!schema) throw new Error(`There is no contract ${file}.`);
  const { name = file, version = '1' } = CONTRACT_FILE.exec(file)?.groups ?? {};
  return { name, version: Number(version), schema, file };
}
