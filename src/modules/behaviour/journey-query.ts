/** Reads the query string of a question about journeys: its own parameters, then the common ones. */
import { CodedError } from '../../contracts/errors.js';
import { readQuery, type QueryString, type RestArguments } from '../metrics/rest-query.js';
import type { FunnelStep } from './journey-arguments.js';

type Own<Name extends string> = Partial<Record<Name, string>>;

/** Splits off the parameters that a view has of its own. */
export function readOwn<Name extends string>(
  query: QueryString,
  names: readonly Name[],
): { own: Own<Name>; common: RestArguments } {
  const own: Own<Name> = {};
  const rest: QueryString = {};
  for (const [name, value] of Object.entries(query)) {
    const known = names.find((candidate) => candidate === name);
    if (known === undefined) rest[name] = value;
    else if (typeof value === 'string') own[known] = value;
    else throw new CodedError('invalid_parameter', `\`${name}\` is given more than once.`);
  }
  return { own, common: readQuery(rest, ['filter']) };
}

export const toNumber = (text: string | undefined) =>
  text === undefined ? undefined : /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;

/** `steps=A,B,C`, and `where[2][category]=x,y` for the properties of a step, counted from 1. */
export function readFunnelSteps(query: QueryString): { steps: FunnelStep[]; rest: QueryString } {
  const { steps: named, ...others } = query;
  if (typeof named !== 'string') {
    throw new CodedError('invalid_parameter', '`steps` names events, separated by commas.');
  }
  const steps: FunnelStep[] = list(named).map((event) => ({ event, where: [] }));
  const rest: QueryString = {};
  for (const [name, value] of Object.entries(others)) {
    const match = /^where\[(\d{1,2})\]\[([^\]]{1,200})\]$/.exec(name);
    const step = match ? steps[Number(match[1]) - 1] : undefined;
    if (match && typeof value === 'string' && step) {
      step.where.push({ property: match[2]!, values: list(value) });
    } else if (match) {
      throw new CodedError('invalid_parameter', `${name} names no step, or is given twice.`);
    } else {
      rest[name] = value;
    }
  }
  return { steps, rest };
}

const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
