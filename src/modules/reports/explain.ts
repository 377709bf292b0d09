/**
 * Which dimension explains a change, and the sentences that say so, made from the numbers. The one
 * in which a single key accounts for most of the change; a key's part is its own change / the
 * whole change. Pure.
 */
import { Decimal } from 'decimal.js';
import type { MetricValue, Unit } from '../../contracts/metric-contract.js';
import { currencyDigits } from '../metrics/values.js';
import type { Explanation, ReportRow, ReportValue } from './report.js';

/** Keys that are named. */
const MAX_KEYS = 3;

export interface SplitChange {
  dimension: string;
  label: string;
  rows: readonly ReportRow[];
}

export function explain(
  changed: ReportValue,
  splits: readonly SplitChange[],
  currency: string,
  previousName: string,
): Explanation {
  const told = (value: Decimal) => tell(value, changed.unit, currency, changed.metric);
  const total = new Decimal(changed.value ?? 0).minus(changed.previous ?? 0);
  const whole = new Decimal(changed.value ?? 0);
  const movement = total.isZero() ? 'did not change' : total.isPositive() ? 'rose' : 'fell';
  const share = changed.change === null ? '' : ` (${percent(changed.change, true)})`;
  const first = total.isZero()
    ? `${changed.label} ${movement} against ${previousName}: ${told(whole)}.`
    : `${changed.label} ${movement} by ${told(total.abs())}${share} against ${previousName}, to ${told(whole)}.`;
  const best = total.isZero() ? null : mostTelling(splits, total);
  if (!best) return { metric: changed.metric, dimension: null, sentences: [first] };
  const keys = best.rows
    .filter(({ difference }) => isAlike(difference, total))
    .sort((a, b) => new Decimal(b.difference!).abs().cmp(new Decimal(a.difference!).abs()))
    .slice(0, MAX_KEYS);
  const sentences = keys.map(({ label, key, difference, value, previous }, index) => {
    const change = new Decimal(difference!);
    const part = percent(change.div(total).toNumber(), false);
    const name = `${best.label.toLowerCase()} ${label || key || '(none)'}`;
    const [was, is] = [told(new Decimal(previous ?? 0)), told(new Decimal(value ?? 0))];
    return index === 0
      ? `The largest part of it is ${name}: from ${was} to ${is}, ${part} of the change.`
      : `Then ${name}: from ${was} to ${is}, ${part} of the change.`;
  });
  const against = best.rows
    .filter(({ difference }) => difference !== null && !isAlike(difference, total))
    .filter(({ difference }) => !new Decimal(difference!).isZero())
    .sort((a, b) => new Decimal(b.difference!).abs().cmp(new Decimal(a.difference!).abs()))[0];
  if (against) {
    const change = new Decimal(against.difference!);
    const name = `${best.label.toLowerCase()} ${against.label || against.key || '(none)'}`;
    const way = change.isPositive() ? 'rose' : 'fell';
    sentences.push(`Against it, ${name} ${way} by ${told(change.abs())}.`);
  }
  return { metric: changed.metric, dimension: best.dimension, sentences: [first, ...sentences] };
}

/** Dimensions with one key explain nothing. */
function mostTelling(splits: readonly SplitChange[], total: Decimal): SplitChange | null {
  let best: { split: SplitChange; part: Decimal } | null = null;
  for (const split of splits) {
    if (split.rows.length < 2) continue;
    for (const { difference } of split.rows) {
      if (difference === null) continue;
      const part = new Decimal(difference).div(total);
      if (part.isPositive() && !part.isZero() && (!best || part.gt(best.part))) {
        best = { split, part };
      }
    }
  }
  return best?.split ?? null;
}

function isAlike(difference: MetricValue, total: Decimal): boolean {
  if (difference === null) return false;
  const change = new Decimal(difference);
  return !change.isZero() && change.isPositive() === total.isPositive();
}

/** Ratios that are parts of a whole. */
const SHARE = /_(rate|share)$/;
const RATIO_DIGITS = 2;

/** 1234.5 → `1,234.50 EUR`, or `1,234` where it is a count; a share in percent. */
export function tell(value: Decimal, unit: Unit, currency: string, metric = ''): string {
  if (SHARE.test(metric)) return percent(value.toNumber(), false);
  const digits = digitsOf(value, unit, currency);
  const text = new Intl.NumberFormat('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value.toFixed() as `${number}`);
  if (unit === 'money') return `${text} ${currency}`;
  return unit === 'seconds' ? `${text} s` : text;
}

function digitsOf(value: Decimal, unit: Unit, currency: string): number {
  if (unit === 'money') return currencyDigits(currency);
  return unit === 'ratio' ? RATIO_DIGITS : Math.min(value.decimalPlaces(), 6);
}

export function percent(ratio: number, isSigned: boolean): string {
  return new Intl.NumberFormat('en', {
    style: 'percent',
    maximumFractionDigits: 1,
    signDisplay: isSigned ? 'exceptZero' : 'auto',
  }).format(ratio);
}
