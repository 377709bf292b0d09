/** From the engine's numbers to the surface's: rounded once, by the unit. */
import { Decimal } from 'decimal.js';
import type { MetricValue, SummaryValue, Unit } from '../../contracts/metric-contract.js';

/** What the engine sends: decimals and 64-bit integers as strings. */
export type EngineValue = string | number | null | undefined;

const RATIO_DIGITS = 6;

/** Minor digits of a currency: 2 for USD, 0 for JPY, 3 for KWD (ISO 4217). */
export function currencyDigits(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

/** Money rounds half away from zero to the currency's minor unit. */
export function toMetricValue(value: EngineValue, unit: Unit, currency: string): MetricValue {
  if (value === null || value === undefined) return null;
  const decimal = new Decimal(value);
  if (unit === 'money') return decimal.toFixed(currencyDigits(currency), Decimal.ROUND_HALF_UP);
  if (unit === 'ratio') return decimal.toDecimalPlaces(RATIO_DIGITS).toNumber();
  return decimal.toNumber();
}

/** What a metric is where nothing happened: an empty sum, or an undefined ratio. */
export function emptyValue(isRatio: boolean, unit: Unit, currency: string): MetricValue {
  return isRatio ? null : toMetricValue(0, unit, currency);
}

export function compare(value: MetricValue, previous: MetricValue, unit: Unit): SummaryValue {
  return { value, unit, previous, change: changeOf(value, previous) };
}

function changeOf(value: MetricValue, previous: MetricValue): number | null {
  if (value === null || previous === null) return null;
  const base = new Decimal(previous);
  if (base.isZero()) return null;
  return new Decimal(value).minus(base).div(base).toDecimalPlaces(RATIO_DIGITS).toNumber();
}
