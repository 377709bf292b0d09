/** Reads the query string of a question about attribution: its own parameters, then the common ones. */
import { CodedError } from '../../contracts/errors.js';
import {
  readQuery,
  type ParameterName,
  type QueryString,
  type RestArguments,
} from '../metrics/rest-query.js';

type Own<Name extends string> = Partial<Record<Name, string>>;

/** Splits off the parameters that a view has of its own. */
export function readOwn<Name extends string>(
  query: QueryString,
  names: readonly Name[],
  allowed: readonly ParameterName[],
): { own: Own<Name>; common: RestArguments } {
  const own: Own<Name> = {};
  const rest: QueryString = {};
  for (const [name, value] of Object.entries(query)) {
    const known = names.find((candidate) => candidate === name);
    if (known === undefined) rest[name] = value;
    else if (typeof value === 'string') own[known] = value;
    else throw new CodedError('invalid_parameter', `\`${name}\` is given more than once.`);
  }
  return { own, common: readQuery(rest, allowed) };
}

/** What is given of these; a parameter that is left out is no member. */
export function given<T extends object>(members: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  const found = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(found) as { [Name in keyof T]?: NonNullable<T[Name]> };
}
