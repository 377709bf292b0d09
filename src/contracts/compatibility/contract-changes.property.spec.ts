/** The oracle: an event that held and does not hold any more means that a break was named. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import type { JsonObject, JsonValue } from '../json.js';
import { compareContracts } from './contract-changes.js';

const EVENTS = join(import.meta.dirname, '../events');
const TYPES = '_types.json';
const CONTRACTS = [
  ...['order_completed', 'product_viewed', 'coupon_applied', 'product_list_filtered'],
  ...['order_refunded', 'page', 'identify'],
];
const fileOf = (contract: string) => `${contract}.v1.json`;
const shipped = new Map(
  readdirSync(EVENTS).map((file) => [file, readFileSync(join(EVENTS, file), 'utf8')]),
);
const filesOf = (texts: Map<string, string>) =>
  new Map([...texts].map(([file, text]) => [file, JSON.parse(text) as JsonObject]));

/** Null for a schema that is none. */
function compile(files: Map<string, JsonObject>, contract: string): ValidateFunction | null {
  const ajv = new Ajv2020({ strict: false, allErrors: false });
  try {
    ajv.addSchema(files.get(TYPES)!);
    return ajv.compile(files.get(fileOf(contract))!);
  } catch {
    return null;
  }
}

/** The objects in a schema at which rules stand, by their pointers. */
function placesIn(value: JsonValue | undefined, isSchema: boolean): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap((each) => placesIn(each, isSchema));
  if (typeof value !== 'object' || value === null) return [];
  const below = Object.entries(value).flatMap(([key, member]) => {
    if (['properties', '$defs'].includes(key) && isSchema) return placesIn(member, false);
    return isSchema && !['items', 'anyOf', 'allOf', 'additionalProperties'].includes(key)
      ? []
      : placesIn(member, true);
  });
  return isSchema ? [value, ...below] : below;
}

const TYPE_NAMES = ['null', 'boolean', 'integer', 'number', 'string', 'array', 'object'];
const NAMES = ['order_id', 'total', 'products', 'product_id', 'price', 'x', 'userId', 'sku'];
const RULES: [string, JsonValue[]][] = [
  ['type', [...TYPE_NAMES, ['string', 'null'], ['number', 'string', 'object']]],
  ['minimum', [0, 1, -5]],
  ['exclusiveMinimum', [0, 3]],
  ['maximum', [4, 1_000]],
  ['minLength', [0, 1, 3]],
  ['maxLength', [1, 4, 20_000]],
  ['minItems', [1, 2]],
  ['maxItems', [0, 1, 1_000]],
  ['pattern', ['^\\d', '^[a-z]+$']],
  ['enum', [['a', 1, null], ['page'], [{}]]],
  ['const', ['a', 5]],
  ['multipleOf', [2, 5]],
  ['uniqueItems', [true]],
  ['minProperties', [1, 3]],
  ['additionalProperties', [false, true, { type: 'string' }]],
  ['items', [{ type: 'string' }, false, { required: ['price'] }]],
  ['properties', NAMES.map((name) => ({ [name]: { type: 'string' } }))],
  ['required', NAMES.map((name) => [name])],
  ['anyOf', [[{ type: 'object' }, { required: ['x'] }], [{ required: ['x'] }]]],
  ['not', [{ required: ['x'] }, {}]],
  ['if', [{ required: ['x'] }]],
  ['then', [false, { required: ['total'] }]],
];

interface Mutation {
  inTypes: boolean;
  place: number;
  rule: number;
  value: number;
  kind: 'set' | 'remove' | 'shrink';
}

/** One rule set, removed, or a list in it made shorter. */
function mutate(files: Map<string, JsonObject>, contract: string, mutation: Mutation): void {
  const places = placesIn(files.get(mutation.inTypes ? TYPES : fileOf(contract)), true);
  const schema = places[mutation.place % places.length]!;
  if (mutation.kind === 'set') {
    const [rule, values] = RULES[mutation.rule % RULES.length]!;
    const value = values[mutation.value % values.length]!;
    const known = schema[rule];
    const isJoined = rule === 'properties' || (rule === 'required' && Array.isArray(known));
    if (isJoined && Array.isArray(value))
      schema[rule] = [...new Set([...(known as string[]), ...value])];
    else if (isJoined) schema[rule] = { ...(known as JsonObject), ...(value as JsonObject) };
    else schema[rule] = value;
    return;
  }
  const keys = Object.keys(schema).filter((key) => !['$schema', '$id', '$defs'].includes(key));
  const key = keys[mutation.rule % Math.max(1, keys.length)];
  if (key === undefined) return;
  const list = schema[key];
  if (mutation.kind === 'shrink' && Array.isArray(list) && list.length > 1) {
    schema[key] = list.filter((_, index) => index !== mutation.value % list.length);
  } else Reflect.deleteProperty(schema, key);
}

const mutations = fc.array(
  fc.record<Mutation>({
    inTypes: fc.boolean(),
    place: fc.nat(1_000),
    rule: fc.nat(1_000),
    value: fc.nat(1_000),
    kind: fc.constantFrom('set', 'set', 'remove', 'shrink'),
  }),
  { minLength: 1, maxLength: 3 },
);

const scalar = fc.constantFrom<JsonValue>(
  ...[null, true, 0, 1, 2.5, -3, 5, 100, 1e12, '', 'a', 'abcd', '5', '19.90', 'USD', 'page'],
  ...['x'.repeat(201)],
);
const any = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 1, arbitrary: fc.constantFrom<JsonValue>([], {}, [1, 1], ['a'], { x: 1 }, [{}]) },
);
const maybe = (arbitrary: fc.Arbitrary<JsonValue>) => fc.option(arbitrary, { nil: undefined });
const line = fc.record<JsonObject>(
  {
    product_id: maybe(fc.constantFrom<JsonValue>('p', 7, '')),
    sku: maybe(any),
    price: maybe(fc.constantFrom<JsonValue>(1, '2.50', 0)),
    quantity: maybe(fc.constantFrom<JsonValue>(1, '2', null)),
    name: maybe(scalar),
    x: maybe(scalar),
  },
  { requiredKeys: [] },
);
const properties = fc.record<JsonObject>(
  {
    order_id: maybe(fc.constantFrom<JsonValue>('o-1', 17)),
    product_id: maybe(fc.constantFrom<JsonValue>('p', 7)),
    total: maybe(fc.constantFrom<JsonValue>(1, '2.50', 1_000_000)),
    price: maybe(any),
    currency: maybe(fc.constantFrom<JsonValue>('EUR', null)),
    products: maybe(fc.array(line, { maxLength: 3 }) as fc.Arbitrary<JsonValue>),
    filters: maybe(fc.array(line, { maxLength: 2 }) as fc.Arbitrary<JsonValue>),
    name: maybe(any),
    x: maybe(any),
  },
  { requiredKeys: [] },
);
const eventOf = (contract: string) =>
  fc
    .record({
      userId: maybe(fc.constantFrom<JsonValue>('u', 5, '')),
      anonymousId: maybe(fc.constantFrom<JsonValue>('v', null)),
      messageId: maybe(fc.constantFrom<JsonValue>('m', 'm'.repeat(30))),
      groupId: maybe(scalar),
      x: maybe(any),
      properties,
    })
    .map((given): JsonObject => {
      const isCall = contract === 'page' || contract === 'identify';
      const named = isCall ? { type: contract } : { type: 'track', event: 'An event' };
      // What JSON cannot hold is left out, as it is on its way.
      return JSON.parse(JSON.stringify({ ...named, ...given })) as JsonObject;
    });

const cases = fc.constantFrom(...CONTRACTS).chain((contract) =>
  fc.record({
    contract: fc.constant(contract),
    before: fc.oneof(fc.constant<Mutation[]>([]), mutations),
    after: mutations,
    events: fc.array(eventOf(contract), { minLength: 40, maxLength: 40 }),
  }),
);

describe('the comparison of contracts', () => {
  it('names a break whenever an event holds no more', () => {
    const counts = { broken: 0, compared: 0, compatible: 0 };
    fc.assert(
      fc.property(cases, ({ contract, before, after, events }) => {
        const old = filesOf(shipped);
        for (const mutation of before) mutate(old, contract, mutation);
        const now = structuredClone(old);
        for (const mutation of after) mutate(now, contract, mutation);
        const [held, holds] = [compile(old, contract), compile(now, contract)];
        fc.pre(held !== null && holds !== null);
        const lost = events.filter((event) => held(event) && !holds(event));
        const only = [TYPES, fileOf(contract)];
        const [a, b] = [old, now].map(
          (files) => new Map(only.map((name) => [name, files.get(name)!])),
        );
        const changes = compareContracts(a!, b!);
        const isNamed = changes.some(({ severity }) => severity !== 'compatible');
        counts.compared += 1;
        if (lost.length > 0) counts.broken += 1;
        if (!isNamed) counts.compatible += 1;
        if (lost.length > 0)
          expect({ lost: lost[0], changes, isNamed }).toMatchObject({ isNamed: true });
      }),
      { numRuns: 200 },
    );
    // Otherwise it would say nothing.
    expect(counts.broken).toBeGreaterThan(3);
    expect(counts.compatible).toBeGreaterThan(3);
  });
});
