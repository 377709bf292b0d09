/** From the engine's numbers to the surface's: rounded once, by the unit. */
import { Decimal } from 'decimal.js';
import type { MetricValue, SummaryValue, Unit } from '../../contracts/metric-contract.js';

/** What the engine sends: decimals and 64-bit integers as strings. */
export type EngineValue = string | number | null | undefined;

const RATIO_DIGITS = 6;
const SECOND_DIGITS = 3;

/**
 * Minor digits where they are not 2, as ISO 4217 lists them. `Intl` gives the digits in everyday
 * use instead (0 for HUF, IDR and PKR), which change from one Node to the next.
 */
const CURRENCIES_BY_DIGITS = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};
const DIGITS: ReadonlyMap<string, number> = new Map(
  Object.entries(CURRENCIES_BY_DIGITS).flatMap(([digits, codes]) =>
    codes.split(' ').map((code) => [code, Number(digits)] as const),
  ),
);

/** Minor digits of a currency: 2 for USD, 0 for JPY, 3 for KWD. */
export function currencyDigits(currency: string): number {
  return DIGITS.get(currency) ?? 2;
}

/** Money rounds half away from zero to the currency's minor unit. */
export function toMetricValue(value: EngineValue, unit: Unit, currency: string): MetricValue {
  if (value === null || value === undefined) return null;
  const decimal = new Decimal(value);
  if (unit === 'money') {
    const digits = currencyDigits(currency);
    return unsignedZero(decimal.toDecimalPlaces(digits, Decimal.ROUND_HALF_UP)).toFixed(digits);
  }
  if (unit === 'ratio') return unsignedZero(decimal.toDecimalPlaces(RATIO_DIGITS)).toNumber();
  if (unit === 'seconds') return decimal.toDecimalPlaces(SECOND_DIGITS).toNumber();
  return decimal.toNumber();
}

/** What rounds to nothing is 0.00, not -0.00. */
const unsignedZero = (decimal: Decimal) => (decimal.isZero() ? decimal.abs() : decimal);

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
