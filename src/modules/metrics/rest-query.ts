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

/** `filter` allows `filter[DIMENSION]`, which comes with `metrics` too. */
export type ParameterName = keyof RestArguments;

const COMMON: readonly ParameterName[] = ['from', 'to', 'timezone', 'currency'];

export const FORMATS = ['json', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** The form of the answer: the parameter `format`, else what `Accept` names, else JSON. */
export function readFormat({ format }: QueryString, accept = ''): Format {
  if (format === undefined) return prefersCsv(accept) ? 'csv' : 'json';
  if (typeof format === 'string') return oneOf('format', format, FORMATS);
  throw new CodedError('invalid_parameter', '"format" is given more than once.');
}

/** True where CSV is named, and nothing that JSON would fit is wanted more. */
function prefersCsv(accept: string): boolean {
  const qualities = new Map<string, number>();
  for (const range of accept.toLowerCase().split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    qualities.set(type!, quality === undefined ? 1 : Number(quality) || 0);
  }
  const csv = qualities.get('text/csv') ?? 0;
  const json = qualities.get('application/json');
  const any = qualities.get('application/*') ?? qualities.get('*/*') ?? 0;
  return csv > 0 && (json === undefined ? csv >= any : csv > json);
}

/**
 * `allowed` names the parameters beyond the range; `filter[dimension]` comes with `metrics`. `format`
 * is known everywhere and left out of the result: it is no part of the question.
 */
export function readQuery(query: QueryString, allowed: readonly ParameterName[]): RestArguments {
  const known = [...COMMON, ...allowed].filter((name) => name !== 'filter');
  const isFiltered = allowed.includes('metrics') || allowed.includes('filter');
  const result: RestArguments = {};
  for (const [name, value] of Object.entries(query)) {
    if (typeof value !== 'string') {
      throw new CodedError('invalid_parameter', `${show(name)} is given more than once.`);
    }
    if (name === 'format') continue;
    const filter = /^filter\[([\w-]{1,60})\]$/.exec(name);
    if (filter && isFiltered) {
      result.filter = { ...result.filter, [filter[1]!]: list(value) };
    } else if (known.some((parameter) => parameter === name)) {
      Object.assign(result, { [name]: readValue(name as ParameterName, value) });
    } else {
      throw new CodedError(
        'unknown_parameter',
        `${show(name)} is not known here; known: ${known.join(', ')}, format` +
          `${isFiltered ? ', filter[DIMENSION]' : ''}.`,
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
