import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { declaredProperties } from './declared-properties.js';
import type { JsonObject } from './json.js';
import { SchemaSet } from './schema-set.js';

const EVENTS = join(import.meta.dirname, 'events');
const shipped = new Map(
  readdirSync(EVENTS).map((file) => [
    file,
    JSON.parse(readFileSync(join(EVENTS, file), 'utf8')) as JsonObject,
  ]),
);

const declaredBy = (file: string) =>
  declaredProperties(new SchemaSet(shipped), { schema: shipped.get(file)!, file });
const declaredIn = (properties: JsonObject) => {
  const schema = { properties: { properties } };
  return declaredProperties(new SchemaSet(new Map([['c.json', schema]])), {
    schema,
    file: 'c.json',
  });
};

describe('the declared properties', () => {
  it('are found behind references, with the types that all declarations allow', () => {
    const declared = declaredBy('order_completed.v1.json');
    expect(declared.get('order_id')).toEqual(['string', 'integer']);
    expect(declared.get('total')).toEqual(['number', 'string', 'null']);
    expect(declared.get('products')).toEqual(['array', 'null']);
    expect(declared.get('products[].price')).toEqual(['number', 'string']);
    expect(declared.get('products[].sku')).toEqual(['string', 'integer', 'null']);
    expect(declared.has('colour')).toBe(false);
  });

  it('of a contract that declares none are none', () => {
    expect(declaredBy('track.v1.json').size).toBe(0);
  });

  it('are those of every contract, each with a name', () => {
    const counts = [...shipped.keys()]
      .filter((file) => !file.startsWith('_') && shipped.get(file)!['x-event'] !== undefined)
      .map((file) => declaredBy(file).size);
    expect(Math.min(...counts)).toBeGreaterThan(0);
  });

  it('stand in objects and lists, and only in alternatives', () => {
    const declared = declaredIn({
      properties: {
        to: { type: 'object', properties: { city: { type: 'string', properties: { a: {} } } } },
        list: { items: { properties: { n: { type: ['integer'] } }, required: ['n'] } },
      },
      anyOf: [{ properties: { either: { type: 'null' }, to: { type: 'null' } } }],
    });
    expect(Object.fromEntries(declared)).toEqual({
      ...{ to: ['object'], 'to.city': ['string'], list: null, 'list[].n': ['integer'] },
      either: null,
    });
  });

  it('have the integers in common with the numbers', () => {
    const declared = declaredIn({
      properties: { n: { type: 'number', allOf: [{ type: ['integer', 'null'] }] } },
    });
    expect(declared.get('n')).toEqual(['integer']);
  });
});
