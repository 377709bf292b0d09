/** Reads the query string of a metric question; a parameter it does not know is an error. */
import { CodedError } from '../../contracts/errors.js';
import { COMPARISONS, GRANULARITIES, type Comparison, type Granularity } from './range.js';
import type { MetricArguments } from './request.js';

export type QueryString = Record<string, unknown>;

export interface RestArguments extends MetricArguments {
  compare?: Comparison;
  granularity?: Granularity;
  by?: string;
  limit?: number;
  cursor?: string;
}

export type ParameterName = Exclude<keyof RestArguments, 'filter'>;

const COMMON: readonly ParameterName[] = ['from', 'to', 'timezone', 'currency'];

/** `allowed` names the parameters beyond the range; `filter[dimension]` comes with `metrics`. */
export function readQuery(query: QueryString, allowed: readonly ParameterName[]): RestArguments {
  const known = [...COMMON, ...allowed];
  const result: RestArguments = {};
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'string') {
      throw new CodedError('invalid_parameter', `${show(name)} is given more than once.`);
    }
    const filter = /^filter\[([\w-]{1,60})\]$/.exec(name);
    if (filter && allowed.includes('metrics')) {
      result.filter = { ...result.filter, [filter[1]!]: list(value) };
    } else if (known.some((parameter) => parameter === name)) {
      Object.assign(result, { [name]: readValue(name as ParameterName, value) });
    } else {
      throw new CodedError(
        'unknown_parameter',
        `${show(name)} is not known here; known: ${known.join(', ')}` +
          `${allowed.includes('metrics') ? ', filter[DIMENSION]' : ''}.`,
      );
    }
  }
  return result;
}

function readValue(name: ParameterName, value: string): string | number | string[] {
  if (name === 'metrics') return list(value);
  if (name === 'compare') return oneOf(name, value, COMPARISONS);
  if (name === 'granularity') return oneOf(name, value, GRANULARITIES);
  if (name === 'limit') return /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
  return value;
}

function list(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function oneOf<T extends string>(name: string, value: string, known: readonly T[]): T {
  const found = known.find((option) => option === value);
  if (found) return found;
  throw new CodedError('invalid_parameter', `\`${name}\` is one of ${known.join(', ')}.`);
}

const show = (name: string) => JSON.stringify(name.slice(0, 60));
