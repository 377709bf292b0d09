/**
 * The contracts of one folder as schemas that refer to each other: resolves `$ref` and `allOf` into
 * the plain schemas that all hold at one place. Pure.
 */
import type { JsonObject, JsonValue } from './json.js';

/** A schema and the file that its own references are relative to. */
export interface Located {
  schema: JsonObject;
  file: string;
}

/** A schema that nothing satisfies, which is what `false` means in the place of a schema. */
const NOTHING: JsonObject = { not: {} };

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A schema as it stands in another one: `true` is everything, `false` nothing. */
export function asSchema(value: JsonValue | undefined): JsonObject {
  if (value === false) return NOTHING;
  return isObject(value) ? value : {};
}

export class SchemaSet {
  constructor(private readonly files: ReadonlyMap<string, JsonObject>) {}

  /** The schemas that hold here together, without `$ref` and `allOf`. Throws for a lost reference. */
  plain(given: readonly Located[]): Located[] {
    const found: Located[] = [];
    const waiting = [...given];
    const followed = new Set<string>();
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { $ref: reference, allOf: parts, ...own } = next.schema;
      const { file } = next;
      found.push({ schema: own, file });
      if (Array.isArray(parts)) {
        waiting.push(...parts.map((part) => ({ schema: asSchema(part), file })));
      }
      if (typeof reference !== 'string') continue;
      const target = this.resolve(reference, file);
      const place = `${target.file} ${target.pointer}`;
      if (!followed.has(place)) waiting.push(target);
      followed.add(place);
    }
    return found;
  }

  private resolve(reference: string, from: string): Located & { pointer: string } {
    const [address = '', pointer = ''] = reference.split('#');
    const file = address === '' ? from : address.slice(address.lastIndexOf('/') + 1);
    if (pointer !== '' && !pointer.startsWith('/')) {
      throw new Error(`${from} refers to ${reference}; only JSON pointers can be followed.`);
    }
    let value: JsonValue | undefined = this.files.get(file);
    for (const part of pointer.split('/').slice(1)) {
      const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    }
    if (value === undefined) throw new Error(`${from} refers to ${reference}, which is missing.`);
    return { schema: asSchema(value), file, pointer };
  }
}

/** The schemas of one property, in all that declare it. */
export function propertyOf(conjuncts: readonly Located[], name: string): Located[] {
  return conjuncts.flatMap(({ schema, file }) => {
    const declared = schema['properties'];
    if (!isObject(declared) || !Object.hasOwn(declared, name)) return [];
    return [{ schema: asSchema(declared[name]), file }];
  });
}

/** The names of all properties declared, each once. */
export function propertyNames(conjuncts: readonly Located[]): string[] {
  const names = conjuncts.flatMap(({ schema }) => Object.keys(asSchema(schema['properties'])));
  return [...new Set(names)];
}

/** The JSON types that a schema's `type` names; null for all. */
export function typesOf({ type, nullable }: JsonObject): string[] | null {
  const types = typeof type === 'string' ? [type] : Array.isArray(type) ? type.map(String) : null;
  return types && nullable === true ? [...types, 'null'] : types;
}

/** The types that all of them allow, of which `integer` is a part of `number`; null for all. */
export function commonTypes(conjuncts: readonly Located[]): string[] | null {
  return conjuncts
    .map(({ schema }) => typesOf(schema))
    .reduce((a, b) => (a === null ? b : b === null ? a : intersection(a, b)), null);
}

/** True if a value of the type may stand where `allowed` does. */
export function isTypeWithin(type: string, allowed: readonly string[]): boolean {
  return allowed.includes(type) || (type === 'integer' && allowed.includes('number'));
}

function intersection(a: readonly string[], b: readonly string[]): string[] {
  const both = [
    ...a.filter((type) => isTypeWithin(type, b)),
    ...b.filter((type) => isTypeWithin(type, a)),
  ];
  return [...new Set(both)];
}
