import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, JsonValue } from '../json.js';
import { compareContract, compareContracts, type ContractChange } from './contract-changes.js';

const EVENTS = join(import.meta.dirname, '../events');

function shipped(): Map<string, JsonObject> {
  const files = readdirSync(EVENTS).filter((name) => name.endsWith('.json'));
  return new Map(
    files.map((file) => [file, JSON.parse(readFileSync(join(EVENTS, file), 'utf8')) as JsonObject]),
  );
}

/** The shipped contracts with one text of one file replaced by another. */
function withText(file: string, text: string, replacement: string): Map<string, JsonObject> {
  const files = shipped();
  const before = JSON.stringify(files.get(file));
  expect(before).toContain(text);
  return files.set(file, JSON.parse(before.replace(text, replacement)) as JsonObject);
}

const told = (changes: ContractChange[]) =>
  changes.map(({ severity, contract, pointer, rule }) =>
    [severity, contract, pointer, rule].join(' '),
  );

/** What is told of the one schema of `properties.x`. */
function toldOf(before: JsonValue, after: JsonValue): string[] {
  const contract = (x: JsonValue): JsonObject => ({
    type: 'object',
    properties: { properties: { type: 'object', properties: { x } } },
  });
  const sides = [before, after].map((x) => new Map([['c.v1.json', contract(x)]]));
  const changes = compareContract(sides[0]!, 'c.v1.json', sides[1]!, 'c.v1.json');
  return changes.map(({ severity, pointer, rule }) => `${severity} ${pointer} ${rule}`);
}

describe('contracts compared with themselves', () => {
  it('have not changed', () => {
    expect(compareContracts(shipped(), shipped())).toEqual([]);
  });

  it('nor have they if only words change', () => {
    const worded = withText('order_completed.v1.json', 'A customer placed', 'Someone placed');
    expect(compareContracts(shipped(), worded)).toEqual([]);
  });
});

describe('a change of a contract', () => {
  it.each<[string, string, string, string, string[], string[]]>([
    [
      ...(['requires another property', 'order_completed.v1.json'] as const),
      ...(['"required":["order_id"]', '"required":["order_id","total"]'] as const),
      ['breaks order_completed /properties/total required'],
      ['compatible order_completed /properties/total required'],
    ],
    [
      ...(['loses an alternative', 'order_completed.v1.json'] as const),
      ...([
        ',{"required":["total"],"properties":{"total":{"type":["number","string"]}}}',
        '',
      ] as const),
      ['breaks order_completed /properties anyOf'],
      ['compatible order_completed /properties anyOf'],
    ],
    [
      ...(['no longer knows a call', 'page.v1.json', '["page","screen"]', '["page"]'] as const),
      ['breaks page /type enum'],
      ['compatible page /type enum'],
    ],
    [
      ...(['declares a property of any kind', 'coupon_applied.v1.json'] as const),
      ...(['{"order_id"', '{"nothing":true,"order_id"'] as const),
      [],
      [],
    ],
  ])('that %s', (_, file, text, replacement, forward, backward) => {
    const changed = withText(file, text, replacement);
    expect(told(compareContracts(shipped(), changed))).toEqual(forward);
    expect(told(compareContracts(changed, shipped()))).toEqual(backward);
  });

  it('of a shared type is told of every contract that uses it', () => {
    const narrowed = withText(
      '_types.json',
      '"optional_money":{"description":"An amount in the event\'s currency, or null where it is unknown.","type":["number","string","null"]',
      '"optional_money":{"type":["number","null"]',
    );
    const found = told(compareContracts(shipped(), narrowed));
    expect(found).toEqual(
      expect.arrayContaining([
        'breaks product_viewed /properties/price type',
        'breaks order_completed /properties/total type',
        'breaks cart_viewed /properties/products/*/price type',
      ]),
    );
    expect(found).not.toContain('breaks order_completed /properties/products/*/price type');
  });

  it('is told in words, with what was and what is', () => {
    const changed = withText('_types.json', '"maxItems":500', '"maxItems":50');
    const [first] = compareContracts(shipped(), changed);
    expect(first!.words).toBe('maxItems: was 500, now 50');
  });
});

describe('the set of contracts', () => {
  it('misses one', () => {
    const fewer = shipped();
    fewer.delete('coupon_denied.v1.json');
    expect(told(compareContracts(shipped(), fewer))).toEqual([
      'breaks coupon_denied  contract_removed',
    ]);
    expect(told(compareContracts(fewer, shipped()))).toEqual([
      'may_break coupon_denied  contract_added',
    ]);
  });

  it('has one more that asks for nothing', () => {
    const more = shipped();
    more.set('basket_shaken.v1.json', {
      ...{ 'x-call': 'track', 'x-event': 'Basket Shaken', 'x-version': 1 },
      $ref: '_types.json#/$defs/track_call',
    });
    expect(told(compareContracts(shipped(), more))).toEqual([
      'compatible basket_shaken  contract_added',
    ]);
  });

  it('has a newer version, which is what counts', () => {
    const strict = withText('order_completed.v1.json', '["order_id"]', '["order_id","total"]');
    const more = shipped().set('order_completed.v2.json', strict.get('order_completed.v1.json')!);
    expect(told(compareContracts(shipped(), more))).toEqual([
      'breaks order_completed /properties/total required',
    ]);
  });

  it('refers to what is not there', () => {
    const lost = withText('page.v1.json', '_types.json#/$defs/envelope', '_types.json#/$defs/lost');
    expect(() => compareContracts(shipped(), lost)).toThrow(
      'page.v1.json refers to _types.json#/$defs/lost, which is missing.',
    );
  });
});

describe('a rule', () => {
  const X = '/properties/x';
  it.each<[JsonValue, JsonValue, string[]]>([
    [{ type: ['string', 'number'] }, { type: 'string' }, [`breaks ${X} type`]],
    [{ type: 'integer' }, { type: 'number' }, [`compatible ${X} type`]],
    [{ type: 'number' }, { type: 'integer' }, [`breaks ${X} type`]],
    [{}, { type: 'string' }, [`breaks ${X} type`]],
    [{ const: 'a' }, { const: 'b' }, [`breaks ${X} const`]],
    [{ const: 'a' }, { enum: ['b', 'a'] }, [`compatible ${X} const`]],
    [{ const: 'a' }, { type: 'string' }, [`compatible ${X} const`]],
    [{ enum: [{ a: 1, b: 2 }] }, { enum: [{ b: 2, a: 1 }] }, []],
    [{ minimum: 0 }, { minimum: 1 }, [`breaks ${X} minimum`]],
    [{ minimum: 0 }, { exclusiveMinimum: 0 }, [`breaks ${X} minimum`]],
    [{ exclusiveMinimum: 0 }, { minimum: 0 }, [`compatible ${X} minimum`]],
    [{ maximum: 9 }, { maximum: 10 }, [`compatible ${X} maximum`]],
    [{ maxLength: 9 }, { maxLength: 8 }, [`breaks ${X} maxLength`]],
    [{}, { minLength: 0 }, []],
    [{ type: 'number' }, { type: 'number', maxLength: 8 }, []],
    [{}, { uniqueItems: true }, [`breaks ${X} uniqueItems`]],
    [{ multipleOf: 4 }, { multipleOf: 2 }, [`compatible ${X} multipleOf`]],
    [{ multipleOf: 2 }, { multipleOf: 4 }, [`breaks ${X} multipleOf`]],
    [{}, { pattern: 'a' }, [`breaks ${X} pattern`]],
    [{ pattern: 'a' }, { pattern: 'b' }, [`may_break ${X} pattern`]],
    [{ pattern: 'a' }, {}, [`compatible ${X} pattern`]],
    [{ format: 'date' }, { format: 'date-time' }, [`may_break ${X} format`]],
    [{ items: { type: 'string' } }, { items: { type: 'null' } }, [`breaks ${X}/* type`]],
    [{ prefixItems: [{}] }, { prefixItems: [{}], items: false }, [`may_break ${X} items`]],
    [{ not: { type: 'null' } }, { not: { type: 'null' } }, []],
    [{ not: { type: 'null' } }, { not: { type: 'string' } }, [`may_break ${X} not`]],
    [{}, { properties: { a: { type: 'null' } } }, [`may_break ${X}/a properties`]],
    [{}, { additionalProperties: false }, [`breaks ${X} additionalProperties`]],
    [
      { properties: { a: {} }, additionalProperties: false },
      { properties: { a: {}, b: {} }, additionalProperties: false },
      [`compatible ${X}/b additionalProperties`],
    ],
    [
      { additionalProperties: { type: 'string' } },
      { additionalProperties: { type: ['string', 'null'] } },
      [`compatible ${X}/* type`],
    ],
    [
      { properties: { a: {} } },
      { properties: { a: {}, b: {} }, additionalProperties: false },
      [`breaks ${X} additionalProperties`],
    ],
    [
      { type: 'object', anyOf: [{ required: ['a'] }] },
      { type: 'object', anyOf: [{ required: ['b'] }, { required: ['a'] }] },
      [`compatible ${X} anyOf`],
    ],
    [
      { type: 'object', required: ['a'] },
      { anyOf: [{ required: ['a'] }] },
      [...[`compatible ${X} type`, `compatible ${X}/a required`]],
    ],
    [
      { properties: { 'a/b': {} } },
      { required: ['a/b'], properties: { 'a/b': {} } },
      [`breaks ${X}/a~1b required`],
    ],
    [true, false, [`may_break ${X} not`]],
  ])('%j to %j', (before, after, expected) => {
    expect(toldOf(before, after)).toEqual(expected);
  });

  it('may refer to itself', () => {
    const tree = (type: string): JsonObject => ({
      $defs: { node: { type, properties: { next: { $ref: '#/$defs/node' } } } },
      $ref: '#/$defs/node',
    });
    const of = (type: string) => new Map([['c.v1.json', tree(type)]]);
    expect(compareContract(of('object'), 'c.v1.json', of('object'), 'c.v1.json')).toEqual([]);
    const changes = compareContract(of('object'), 'c.v1.json', of('string'), 'c.v1.json');
    expect(told(changes)).toContain('breaks c  type');
  });
});
