/** The names of REST as those of GraphQL, `last_order_at` as `lastOrderAt`, at every depth. Pure. */
type Camel<Name> = Name extends `${infer Head}_${infer Tail}`
  ? `${Head}${Capitalize<Camel<Tail>>}`
  : Name;

export type CamelCased<T> = T extends readonly (infer Item)[]
  ? CamelCased<Item>[]
  : T extends object
    ? { [Name in keyof T as Camel<Name>]: CamelCased<T[Name]> }
    : T;

export function camelCased<T>(value: T): CamelCased<T> {
  if (Array.isArray(value)) return value.map(camelCased) as CamelCased<T>;
  if (typeof value !== 'object' || value === null) return value as CamelCased<T>;
  const members = Object.entries(value).map(([name, member]) => [camel(name), camelCased(member)]);
  return Object.fromEntries(members) as CamelCased<T>;
}

const camel = (name: string) =>
  name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
