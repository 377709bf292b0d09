/**
 * The event contracts, compiled: chooses the contract of an event and says how the event breaks it.
 * It knows JSON Schema and files only, neither HTTP nor the store. Ingest may import it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { eventKey } from '../../contracts/event-key.js';
import type { JsonObject } from '../../contracts/json.js';

/** One reason why an event breaks its contract. Never contains a value of the event. */
export interface ContractViolation {
  /** JSON Pointer into the event, e.g. `/properties/products/0/price`; empty for the whole event. */
  path: string;
  /** The JSON Schema keyword that failed, e.g. `required`. */
  rule: string;
  message: string;
}

/** Which contract an event was held against, and the reasons it breaks it; none if it holds. */
export interface ContractVerdict {
  contract: string;
  version: number;
  violations: ContractViolation[];
}

/** The calls that have contracts; `screen` counts as page, `group` and `alias` as identify. */
export type ContractCall = 'track' | 'page' | 'identify';

/** A contract as it is published; `event` is absent where it serves every event name. */
export interface ContractDescription {
  name: string;
  title: string;
  version: number;
  call: ContractCall;
  event?: string;
  description: string;
  schema: JsonObject;
}

interface Contract extends ContractDescription {
  validate: ValidateFunction;
}

/** An event with very many faults is told the first of them only. */
export const VIOLATIONS_MAX = 20;
const EVENT_NAME_LENGTH_MAX = 200;
const ID_BASE = 'https://cartograph.dev/contracts/';
const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
const CONTRACT_FILE = /^([a-z0-9][a-z0-9_]*)\.v([1-9]\d*)\.json$/;
const CALLS = ['track', 'page', 'identify'] as const satisfies ContractCall[];
const DEFAULT_DIRECTORY = fileURLToPath(new URL('../../contracts/events', import.meta.url));

/** Every event contract of one folder, compiled once. Throws an Error that names a broken file. */
export class ContractRegistry {
  private readonly schemas = new Map<string, JsonObject>();
  private readonly contracts: Contract[] = [];
  /** The highest version of each contract, by the contract's name. */
  private readonly latest = new Map<string, Contract>();
  /** The contract's name by the event name's lookup key. */
  private readonly nameByEvent = new Map<string, string>();

  constructor(directory: string = DEFAULT_DIRECTORY) {
    // verbose hands over the schema beside each error, which is where the x-hint stands.
    const ajv = new Ajv2020({
      strict: true,
      allowUnionTypes: true,
      allErrors: true,
      verbose: true,
    });
    ajv.addVocabulary(['x-call', 'x-event', 'x-version', 'x-hint']);
    formats.default(ajv);
    const files = readdirSync(directory)
      .filter((file) => file.endsWith('.json'))
      .sort();
    for (const file of files) {
      namingFile(directory, file, () => ajv.addSchema(this.read(directory, file)));
    }
    for (const file of files.filter((name) => !name.startsWith('_'))) {
      namingFile(directory, file, () => this.add(file, ajv));
    }
    for (const call of CALLS) this.generic(call);
    this.contracts.sort((a, b) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : a.version - b.version,
    );
  }

  /** Holds an event against the newest contract of its call and name; never changes the event. */
  check(event: JsonObject): ContractVerdict {
    const { name, version, validate } = this.choose(event);
    const violations = validate(event) ? [] : violationsOf(validate.errors ?? []);
    // Ajv's errors refer to the event, which would otherwise live until the next one fails.
    validate.errors = null;
    return { contract: name, version, violations };
  }

  /** The name an event is stored under: `order_completed` is `Order Completed`; others stay as is. */
  canonicalEventName(name: string): string {
    return this.contractOf(name)?.event ?? name;
  }

  /** All contracts in all versions, by name and version. The schemas are to be read only. */
  list(): ContractDescription[] {
    return this.contracts.map(({ validate: _, ...description }) => description);
  }

  /** The contract that an event of this call and name is held against. */
  contractFor(event: Pick<JsonObject, 'type' | 'event'>): ContractDescription {
    const { validate: _, ...description } = this.choose(event);
    return description;
  }

  /** The files of the folder as they were read, by name, with the types that contracts share. */
  files(): ReadonlyMap<string, JsonObject> {
    return this.schemas;
  }

  private choose({ type, event }: JsonObject): Contract {
    if (type === 'page' || type === 'screen') return this.generic('page');
    if (type === 'identify' || type === 'group' || type === 'alias')
      return this.generic('identify');
    // A call of an unknown type also meets a track contract, which says what is wrong with it.
    return (
      (typeof event === 'string' ? this.contractOf(event) : undefined) ?? this.generic('track')
    );
  }

  private contractOf(eventName: string): Contract | undefined {
    if (eventName.length > EVENT_NAME_LENGTH_MAX) return undefined;
    return this.latest.get(this.nameByEvent.get(eventKey(eventName)) ?? '');
  }

  private generic(call: ContractCall): Contract {
    const contract = this.latest.get(call);
    if (!contract) throw new Error(`the contract ${call}.v1.json is missing`);
    return contract;
  }

  private read(directory: string, file: string): JsonObject {
    const schema: unknown = JSON.parse(readFileSync(join(directory, file), 'utf8'));
    if (!isObject(schema)) throw new Error('is not a JSON object');
    if (schema.$schema !== DRAFT) throw new Error(`$schema must be ${DRAFT}`);
    if (schema.$id !== ID_BASE + file) throw new Error(`$id must be ${ID_BASE}${file}`);
    this.schemas.set(file, schema);
    return schema;
  }

  private add(file: string, ajv: Ajv2020): void {
    const schema = this.schemas.get(file);
    const validate = ajv.getSchema(ID_BASE + file);
    if (!schema || !validate) throw new Error('could not be compiled');
    const contract: Contract = { ...describeContract(file, schema), validate };
    if (contract.event !== undefined) {
      const key = eventKey(contract.event);
      const owner = this.nameByEvent.get(key) ?? contract.name;
      if (owner !== contract.name)
        throw new Error(`is a duplicate: its x-event is also that of ${owner}`);
      this.nameByEvent.set(key, contract.name);
    }
    this.contracts.push(contract);
    const newest = this.latest.get(contract.name);
    if (!newest || newest.version < contract.version) this.latest.set(contract.name, contract);
  }
}

function describeContract(file: string, schema: JsonObject): ContractDescription {
  const [, name, digits] = CONTRACT_FILE.exec(file) ?? [];
  if (name === undefined) throw new Error('must be named like order_completed.v1.json');
  const version = Number(digits);
  const { title, description, 'x-call': call, 'x-event': event, 'x-version': stated } = schema;
  if (typeof title !== 'string' || title === '') throw new Error('needs a title');
  if (typeof description !== 'string' || description === '') throw new Error('needs a description');
  if (stated !== version) throw new Error(`x-version must be ${version}, as in the file's name`);
  if (!isCall(call)) throw new Error(`x-call must be one of ${CALLS.join(', ')}`);
  const described = { name, title, version, call, description, schema };
  const isGeneric = CALLS.some((each) => each === name);
  if (isGeneric && name === call && event === undefined) return described;
  if (isGeneric) throw new Error(`must have x-call ${name} and no x-event`);
  if (call !== 'track') throw new Error(`only ${call}.v${version}.json may have x-call ${call}`);
  if (typeof event !== 'string' || eventKey(event) === '') throw new Error('needs an x-event');
  return { ...described, event };
}

function violationsOf(errors: ErrorObject[]): ContractViolation[] {
  const found = new Map<string, ContractViolation>();
  for (const error of errors) {
    // The alternatives' own errors are noise: the error of the anyOf itself carries the hint.
    if (/\/(anyOf|oneOf)\/\d+(\/|$)/.test(error.schemaPath)) continue;
    const violation = violationOf(error);
    const key = `${violation.path} ${violation.rule}`;
    if (!found.has(key)) found.set(key, violation);
    if (found.size === VIOLATIONS_MAX) break;
  }
  return [...found.values()];
}

function violationOf(error: ErrorObject): ContractViolation {
  const { instancePath: path, keyword: rule, params, message, parentSchema } = error;
  if (rule === 'required') {
    const missing: unknown = params.missingProperty;
    return { path: `${path}/${missing}`, rule, message: `must have ${missing}` };
  }
  const hint: unknown = parentSchema?.['x-hint'];
  // Where alternatives stand in the schema the hint speaks of them, not of its other rules.
  const isHinted = rule === 'anyOf' || parentSchema?.anyOf === undefined;
  if (isHinted && typeof hint === 'string') return { path, rule, message: hint };
  return { path, rule, message: plainMessage(rule, params) ?? message ?? `must satisfy ${rule}` };
}

/** Words for the rules that Ajv words badly. The values named are the contract's own. */
function plainMessage(rule: string, params: ErrorObject['params']): string | undefined {
  if (rule === 'const') return `must be ${JSON.stringify(params.allowedValue)}`;
  if (rule === 'enum') return `must be one of ${JSON.stringify(params.allowedValues)}`;
  if (rule === 'type') return `must be ${[params.type].flat().join(' or ')}`;
  if (rule === 'anyOf') return 'must satisfy one of the alternatives that the contract lists';
  return undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCall(value: unknown): value is ContractCall {
  return CALLS.some((call) => call === value);
}

function namingFile(directory: string, file: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`contract ${join(directory, file)}: ${reason}`, { cause: error });
  }
}
