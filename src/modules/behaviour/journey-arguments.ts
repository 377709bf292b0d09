/** What a question about journeys may say, read and bounded. */
import { CodedError } from '../../contracts/errors.js';
import { GRANULARITIES, type Granularity } from '../metrics/range.js';
import type { MetricArguments } from '../metrics/request.js';

export const MAX_STEPS = 10;
export const MAX_STEP_FILTERS = 20;
export const MAX_STEP_VALUES = 100;
export const MAX_LIMIT = 1_000;
export const MAX_PATH_LENGTH = 10;
export const MAX_PERIODS = 100;
const MAX_NAME_CHARACTERS = 200;
const MAX_WINDOW_MS = 90 * 86_400_000;

export const ORDERS = ['loose', 'strict'] as const;
export const COHORTS = ['first_visit', 'first_order', 'sign_up'] as const;
export const ACTIVITIES = ['visits', 'orders'] as const;
export type StepOrder = (typeof ORDERS)[number];
export type Cohort = (typeof COHORTS)[number];
export type Activity = (typeof ACTIVITIES)[number];

/** An event by its name, or `page`, with the values that its properties may have. */
export interface FunnelStep {
  event: string;
  where: { property: string; values: string[] }[];
}

type Asked = Omit<MetricArguments, 'metrics'>;

export interface FunnelArguments extends Asked {
  steps: FunnelStep[];
  /** A number and a unit: 30m, 24h, 7d. */
  window?: string;
  order?: StepOrder;
  by?: string;
  limit?: number;
}

export interface PathArguments extends Asked {
  length?: number;
  limit?: number;
}

export interface NextPageArguments extends Asked {
  page: string;
  limit?: number;
}

export interface RetentionArguments extends Asked {
  cohort?: Cohort;
  activity?: Activity;
  granularity?: Granularity;
  periods?: number;
}

const refuse = (detail: string) => new CodedError('invalid_parameter', detail);

export function readSteps(steps: readonly FunnelStep[]): readonly FunnelStep[] {
  if (steps.length < 2 || steps.length > MAX_STEPS) {
    throw refuse(`A funnel has 2 to ${MAX_STEPS} steps, this one ${steps.length}.`);
  }
  for (const { event, where } of steps) {
    requireName('The event of a step', event);
    for (const { property, values } of where) {
      requireName('The property of a step', property);
      if (values.length === 0 || values.length > MAX_STEP_VALUES) {
        throw refuse(`A property of a step has 1 to ${MAX_STEP_VALUES} values.`);
      }
    }
  }
  if (steps.flatMap(({ where }) => where).length > MAX_STEP_FILTERS) {
    throw refuse(`The steps of a funnel have at most ${MAX_STEP_FILTERS} properties.`);
  }
  return steps;
}

export function requireName(what: string, name: string): void {
  if (name === '' || name.length > MAX_NAME_CHARACTERS) {
    throw refuse(`${what} has 1 to ${MAX_NAME_CHARACTERS} characters.`);
  }
}

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export function readWindow(window = '7d'): number {
  const match = /^(\d{1,6})([mhd])$/.exec(window);
  const ms = match ? Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS] : 0;
  if (ms === 0 || ms > MAX_WINDOW_MS) {
    throw refuse('`window` is a number and m, h or d, such as 30m, 24h or 7d; 90d at most.');
  }
  return ms;
}

export function wholeNumber(
  name: string,
  given: number | undefined,
  otherwise: number,
  max: number,
) {
  const number = given ?? otherwise;
  if (Number.isInteger(number) && number >= 1 && number <= max) return number;
  throw refuse(`\`${name}\` is a whole number from 1 to ${max}.`);
}

export function oneOf<T extends string>(
  name: string,
  given: string | undefined,
  known: readonly T[],
): T {
  const found = given === undefined ? known[0] : known.find((option) => option === given);
  if (found) return found;
  throw refuse(`\`${name}\` is one of ${known.join(', ')}.`);
}

/** Periods are days or longer. */
export function readPeriod(given: string | undefined): Exclude<Granularity, 'hour'> {
  const periods = ['week', ...GRANULARITIES.filter((one) => one !== 'hour' && one !== 'week')];
  return oneOf('granularity', given, periods as Exclude<Granularity, 'hour'>[]);
}
