/** The rules about single values: types, enumerations, bounds, patterns and formats. Pure. */
import type { JsonObject, JsonValue } from '../json.js';
import { commonTypes, isTypeWithin, type Located } from '../schema-set.js';
import type { Certainty, Gap } from './gap.js';

export const ALL_TYPES = ['null', 'boolean', 'number', 'string', 'array', 'object'];

interface Bound {
  rule: string;
  /** The keyword that excludes the bound itself. */
  exclusive?: string;
  type: string;
  isLower: boolean;
}

const BOUNDS: Bound[] = [
  { rule: 'minimum', exclusive: 'exclusiveMinimum', type: 'number', isLower: true },
  { rule: 'maximum', exclusive: 'exclusiveMaximum', type: 'number', isLower: false },
  { rule: 'minLength', type: 'string', isLower: true },
  { rule: 'maxLength', type: 'string', isLower: false },
  { rule: 'minItems', type: 'array', isLower: true },
  { rule: 'maxItems', type: 'array', isLower: false },
  { rule: 'minProperties', type: 'object', isLower: true },
  { rule: 'maxProperties', type: 'object', isLower: false },
];

export const VALUE_KEYWORDS = [
  ...['type', 'enum', 'const', 'multipleOf', 'uniqueItems', 'pattern', 'format'],
  ...BOUNDS.flatMap(({ rule, exclusive }) => (exclusive ? [rule, exclusive] : [rule])),
];

/** JSON with sorted keys: two values are equal if these texts are. */
export function canonical(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

/** The types that a value may have by all that is said of it. */
export function allowedTypes(conjuncts: readonly Located[]): string[] {
  const types = commonTypes(conjuncts) ?? ALL_TYPES;
  const values = valuesOf(conjuncts);
  if (values === null) return types;
  return [...new Set(values.map((text) => typeOf(JSON.parse(text) as JsonValue)))].filter((type) =>
    isTypeWithin(type, types),
  );
}

/** The types of which some value remains, so that rules about them matter. */
export function remainingTypes(old: readonly Located[], now: readonly Located[]): string[] {
  const allowed = commonTypes(now);
  const types = allowedTypes(old);
  if (allowed === null) return types;
  // Of the numbers, the integers remain.
  const hasIntegers = allowed.includes('integer') && types.includes('number');
  return [
    ...types.filter((type) => isTypeWithin(type, allowed)),
    ...(hasIntegers ? ['number'] : []),
  ];
}

/** Everything that `now` says of a single value and `old` does not imply. */
export function valueGaps(
  old: readonly Located[],
  now: readonly Located[],
  pointer: string,
): Gap[] {
  const remaining = remainingTypes(old, now);
  // Which of few values a bound excludes is told by looking at them.
  const certainty: Certainty = valuesOf(old) === null ? 'breaks' : 'may_break';
  const applies = (type: string) =>
    remaining.some((each) => each === type || (each === 'integer' && type === 'number'));
  const gaps = [
    ...typeGap(old, now),
    ...enumGap(old, now),
    ...BOUNDS.filter(({ type }) => applies(type)).flatMap((bound) => boundGap(old, now, bound)),
    ...(applies('number') ? multipleGaps(old, now) : []),
    ...(applies('array') ? uniqueGap(old, now) : []),
    ...(applies('string') ? textGaps(old, now, 'pattern') : []),
    // Numbers have formats too, such as int32.
    ...(applies('string') || applies('number') ? textGaps(old, now, 'format') : []),
  ];
  return gaps.map((gap) => ({ pointer, certainty, ...gap }));
}

type Found = Pick<Gap, 'rule' | 'was' | 'now'> & { certainty?: Certainty };

function typeGap(old: readonly Located[], now: readonly Located[]): Found[] {
  const allowed = commonTypes(now);
  if (allowed === null) return [];
  const types = allowedTypes(old);
  if (types.every((type) => isTypeWithin(type, allowed))) return [];
  const was = commonTypes(old) === null ? 'any type' : types.join(' or ');
  const rule = { rule: 'type', was, now: allowed.join(' or ') || 'nothing' };
  return [{ ...rule, certainty: 'breaks' }];
}

function enumGap(old: readonly Located[], now: readonly Located[]): Found[] {
  const values = valuesOf(now);
  if (values === null) return [];
  const before = valuesOf(old);
  if (before?.every((value) => values.includes(value))) return [];
  const rule = now.some(({ schema }) => schema['const'] !== undefined) ? 'const' : 'enum';
  const was = before === null ? 'any value' : before.join(', ');
  return [{ rule, was, now: values.join(', ') || 'nothing', certainty: 'breaks' }];
}

/** The values that `enum` and `const` leave, as texts; null where neither stands. */
function valuesOf(conjuncts: readonly Located[]): string[] | null {
  let left: string[] | null = null;
  for (const { schema } of conjuncts) {
    const { enum: listed, const: single } = schema;
    if (Array.isArray(listed)) left = common(left, listed.map(canonical));
    if (single !== undefined) left = common(left, [canonical(single)]);
  }
  return left;
}

const common = (a: string[] | null, b: string[]) =>
  a === null ? b : a.filter((value) => b.includes(value));

function typeOf(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

interface Limit {
  value: number;
  isExclusive: boolean;
}

function boundGap(old: readonly Located[], now: readonly Located[], bound: Bound): Found[] {
  const before = limitOf(old, bound);
  const after = limitOf(now, bound);
  if (after === null || (before !== null && !isStricter(after, before, bound))) return [];
  const words = (limit: Limit | null) =>
    limit === null ? 'unbounded' : `${limit.value}${limit.isExclusive ? ' exclusive' : ''}`;
  return [{ rule: bound.rule, was: words(before), now: words(after) }];
}

/** The strictest of the bounds; null where there is none, or it excludes nothing. */
function limitOf(conjuncts: readonly Located[], bound: Bound): Limit | null {
  const limits = conjuncts.flatMap(({ schema }) => [
    ...limit(schema, bound.rule, false),
    ...(bound.exclusive ? limit(schema, bound.exclusive, true) : []),
  ]);
  const meant = limits.filter(
    ({ value }) => bound.type === 'number' || !bound.isLower || value > 0,
  );
  return meant.reduce<Limit | null>(
    (found, next) => (found === null || isStricter(next, found, bound) ? next : found),
    null,
  );
}

function limit(schema: JsonObject, keyword: string, isExclusive: boolean): Limit[] {
  const value = schema[keyword];
  return typeof value === 'number' ? [{ value, isExclusive }] : [];
}

function isStricter(a: Limit, b: Limit, { isLower }: Bound): boolean {
  if (a.value === b.value) return a.isExclusive && !b.isExclusive;
  return isLower ? a.value > b.value : a.value < b.value;
}

function multipleGaps(old: readonly Located[], now: readonly Located[]): Found[] {
  const before = numbersOf(old, 'multipleOf');
  return numbersOf(now, 'multipleOf')
    .filter((step) => !before.some((known) => Number.isInteger(known / step)))
    .map((step) => ({
      rule: 'multipleOf',
      was: before.join(', ') || 'any number',
      now: `${step}`,
    }));
}

const numbersOf = (conjuncts: readonly Located[], keyword: string) =>
  conjuncts.map(({ schema }) => schema[keyword]).filter((value) => typeof value === 'number');

function uniqueGap(old: readonly Located[], now: readonly Located[]): Found[] {
  const isUnique = ({ schema }: Located) => schema['uniqueItems'] === true;
  if (!now.some(isUnique) || old.some(isUnique)) return [];
  return [{ rule: 'uniqueItems', was: 'any items', now: 'no two alike' }];
}

/** Whether one pattern implies another is not decided here. */
function textGaps(
  old: readonly Located[],
  now: readonly Located[],
  rule: 'pattern' | 'format',
): Found[] {
  const textsOf = (conjuncts: readonly Located[]) =>
    conjuncts.map(({ schema }) => schema[rule]).filter((text) => typeof text === 'string');
  const before = textsOf(old);
  return textsOf(now)
    .filter((text) => !before.includes(text))
    .map((text) => {
      const certainty: Certainty = before.length === 0 ? 'breaks' : 'may_break';
      return { rule, was: before.join(' and ') || 'any text', now: text, certainty };
    });
}
