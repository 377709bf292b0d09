/** What the contract of an event declares of its `properties`, by name and JSON types. Pure. */
import {
  asSchema,
  commonTypes,
  propertyNames,
  propertyOf,
  type Located,
  type SchemaSet,
} from './schema-set.js';

/** Which JSON types a property may have, by its name; null for any. */
export type DeclaredProperties = Map<string, string[] | null>;

/** Objects in `properties`, and the items of lists in it, are looked into; not what is in those. */
const MAX_DEPTH = 2;

/** Names below an object are `shipping.city`, below the items of a list `products[].price`. */
export function declaredProperties(set: SchemaSet, contract: Located): DeclaredProperties {
  const properties = propertyOf(set.plain([contract]), 'properties');
  const found: DeclaredProperties = new Map();
  collect(set, set.plain(properties), '', 1, found);
  return found;
}

function collect(
  set: SchemaSet,
  conjuncts: readonly Located[],
  prefix: string,
  depth: number,
  found: DeclaredProperties,
): void {
  for (const name of propertyNames(conjuncts)) {
    const property = set.plain(propertyOf(conjuncts, name));
    found.set(prefix + name, commonTypes(property));
    if (depth === MAX_DEPTH) continue;
    collect(set, property, `${prefix}${name}.`, depth + 1, found);
    const items = property
      .filter(({ schema }) => schema['items'] !== undefined)
      .map(({ schema, file }) => ({ schema: asSchema(schema['items']), file }));
    collect(set, set.plain(items), `${prefix}${name}[].`, depth + 1, found);
  }
  // What only an alternative names is declared as well, of whatever type.
  for (const { schema, file } of conjuncts) {
    const alternatives = [schema['anyOf'], schema['oneOf']].flatMap((group) =>
      Array.isArray(group) ? group : [],
    );
    for (const alternative of alternatives) {
      const names = propertyNames(set.plain([{ schema: asSchema(alternative), file }]));
      for (const name of names) if (!found.has(prefix + name)) found.set(prefix + name, null);
    }
  }
}
