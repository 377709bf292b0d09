/** What a question about attribution may say, read and bounded. */
import { CodedError } from '../../contracts/errors.js';
import type { BreakdownArguments } from '../metrics/metrics.service.js';
import { MAX_ROWS, type MetricArguments } from '../metrics/request.js';
import { MODEL_IDS, type AttributionModel } from './attribution.metrics.js';

const MAX_ID_CHARACTERS = 200;
const MAX_LOOKBACK_MS = 365 * 86_400_000;
const UNITS_MS = { h: 3_600_000, d: 86_400_000 };

export interface ModelsArguments extends Omit<BreakdownArguments, 'by' | 'metrics'> {
  /** A dimension; the campaign if left out. */
  by?: string;
  /** A number and h or d; left out, the credits that stand. */
  lookback?: string;
}

export interface AttributionArguments extends ModelsArguments {
  metrics?: string[];
  model?: AttributionModel;
}

export interface TouchpointsArguments {
  orderId: string;
}

export interface UnmatchedArguments extends Omit<MetricArguments, 'metrics'> {
  limit?: number;
}

const refuse = (detail: string) => new CodedError('invalid_parameter', detail);

export function readModel(given: string | undefined): AttributionModel {
  const found = given === undefined ? MODEL_IDS[0] : MODEL_IDS.find((model) => model === given);
  if (found) return found;
  throw refuse(`\`model\` is one of ${MODEL_IDS.join(', ')}.`);
}

/** In milliseconds; undefined if left out. */
export function readLookback(lookback: string | undefined): number | undefined {
  if (lookback === undefined) return undefined;
  const match = /^(\d{1,5})([hd])$/.exec(lookback);
  const ms = match ? Number(match[1]) * UNITS_MS[match[2] as keyof typeof UNITS_MS] : 0;
  if (ms > 0 && ms <= MAX_LOOKBACK_MS) return ms;
  throw refuse('`lookback` is a number and h or d, such as 24h or 30d; 365d at most.');
}

export function readOrderId(orderId: string | undefined): string {
  if (orderId !== undefined && orderId !== '' && orderId.length <= MAX_ID_CHARACTERS) {
    return orderId;
  }
  throw refuse(`\`order_id\` is the id of an order, 1 to ${MAX_ID_CHARACTERS} characters.`);
}

export function readLimit(given: number | undefined, otherwise: number): number {
  const limit = given ?? otherwise;
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_ROWS) return limit;
  throw refuse(`\`limit\` is a whole number from 1 to ${MAX_ROWS}.`);
}
