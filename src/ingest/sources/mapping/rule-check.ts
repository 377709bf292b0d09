/**
 * What a branch's entity decides about it: which fields there are, of which types, which must be
 * filled, and how its records are named. Used while parsing and while compiling.
 */
import { ENTITIES, type Entity, type Field, type FieldType } from '../entities.js';
import { converterOf, type Convert, type ConvertOptions } from './convert.js';
import { isFlaw } from './flaws.js';
import { formatProblem } from './formatted-time.js';
import type { FieldRule, Mapping, RowRule } from './rules.js';

const PROPERTIES = 'properties.';
const MAX_PROPERTY_DEPTH = 8;

/** The field by which an entity's records are named unless the branch says otherwise. */
export const OWN_IDS: Partial<Record<Entity, string>> = {
  customers: 'customer_id',
  products: 'product_id',
  orders: 'order_id',
  refunds: 'refund_id',
  events: 'message_id',
};

/** Undefined for a field that the entity does not have. */
export function fieldOf(entity: Entity, rule: FieldRule): Field | undefined {
  if (entity === 'events' && rule.name.startsWith(PROPERTIES)) return { type: rule.type ?? 'text' };
  const fields = ENTITIES[entity];
  return Object.hasOwn(fields, rule.name) ? fields[rule.name] : undefined;
}

/** Where a value goes in a record: one name, or of a property all names on the way to it. */
export const pathOf = ({ name }: FieldRule): string[] =>
  name.startsWith(PROPERTIES) ? name.split('.') : [name];

export function convertOptions(mapping: Mapping, rule: FieldRule): ConvertOptions {
  return {
    timezone: rule.timezone ?? mapping.timezone,
    ambiguousTimes: mapping.ambiguousTimes,
    format: rule.format,
    decimalComma: rule.decimalComma ?? mapping.decimalComma,
    negate: rule.negate,
    round: rule.round,
    prefix: rule.prefix ?? '',
  };
}

/** Sentences with their places; none if the branch can be compiled. */
export function ruleProblems(mapping: Mapping, rule: RowRule, entity: Entity): string[] {
  if (rule.ignore !== null) return [];
  const names = new Set(rule.fields.map(({ name }) => name));
  const missing = Object.entries(ENTITIES[entity])
    .filter(([name, { required }]) => required && !names.has(name))
    .map(([name]) => name);
  return [
    ...rule.fields.flatMap((field) => fieldProblems(mapping, field, entity)),
    ...clashes(rule.fields),
    ...(missing.length > 0
      ? [`${rule.at}: ${entity} needs ${missing.join(', ')}, which this branch does not map.`]
      : []),
    ...idProblems(rule, entity, names),
  ];
}

function idProblems(rule: RowRule, entity: Entity, names: ReadonlySet<string>): string[] {
  const own = OWN_IDS[entity];
  if (rule.id !== null || (own !== undefined && names.has(own))) return [];
  const instead = own === undefined ? '' : ` or the field ${own}`;
  return [
    `${rule.at}: ${entity} needs an id${instead}: what tells a row from all others, such as id: [order_id, line].`,
  ];
}

function fieldProblems(mapping: Mapping, rule: FieldRule, entity: Entity): string[] {
  const field = fieldOf(entity, rule);
  if (!field) {
    const known = [
      ...Object.keys(ENTITIES[entity]),
      ...(entity === 'events' ? ['properties.…'] : []),
    ];
    return [`${rule.at}: ${entity} has no field ${rule.name}; known are ${known.join(', ')}.`];
  }
  const problems = [...optionProblems(rule, field.type), ...propertyProblems(rule)];
  const usable = problems.length > 0 ? problems : textProblems(mapping, rule, field.type);
  return usable.map((words) => `${rule.at}: ${words}`);
}

function optionProblems(rule: FieldRule, type: FieldType): string[] {
  const misfit = (isSet: boolean, option: string, types: readonly FieldType[]) =>
    isSet && !types.includes(type)
      ? [`${option} is for ${types.join(' and ')}; ${rule.name} is of the type ${type}.`]
      : [];
  const numbers = ['decimal', 'integer'] as const;
  const times = ['timestamp', 'date'] as const;
  const format = rule.format === null ? null : formatProblem(rule.format);
  return [
    ...misfit(rule.from.kind === 'multiply', 'multiply', numbers),
    ...misfit(rule.negate, 'negate', numbers),
    ...misfit(rule.round !== null, 'round', ['decimal']),
    ...misfit(rule.decimalComma !== null, 'decimal_comma', [...numbers, 'rate']),
    ...misfit(rule.format !== null, 'format', times),
    ...misfit(rule.timezone !== null, 'timezone', times),
    ...misfit(rule.prefix !== null, 'prefix', ['id', 'text']),
    ...(format === null ? [] : [`${format}.`]),
  ];
}

function propertyProblems(rule: FieldRule): string[] {
  const path = pathOf(rule);
  if (path.length === 1) {
    return rule.type === null ? [] : [`type is for properties; that of ${rule.name} is known.`];
  }
  if (path.includes('')) return [`${rule.name} has an empty name between its dots.`];
  const isDeep = path.length > MAX_PROPERTY_DEPTH + 1;
  return isDeep ? [`${rule.name} is nested deeper than ${MAX_PROPERTY_DEPTH} levels.`] : [];
}

/** Texts of the mapping itself would otherwise reject row after row. */
function textProblems(mapping: Mapping, rule: FieldRule, type: FieldType): string[] {
  const options = convertOptions(mapping, rule);
  const ofYaml = converterOf(type, { ...options, decimalComma: false });
  const ofCells = converterOf(type, options);
  const complaints = (text: string | null, convert: Convert) => {
    const value = text === null ? null : convert(text);
    return isFlaw(value) ? [`${rule.name} cannot be ${text}: ${value.detail}.`] : [];
  };
  return [
    ...(rule.from.kind === 'constant' ? complaints(rule.from.text, ofYaml) : []),
    ...complaints(rule.default, ofYaml),
    ...[...(rule.values?.values() ?? [])].flatMap((text) => complaints(text, ofCells)),
  ];
}

function clashes(rules: readonly FieldRule[]): string[] {
  return rules.flatMap(({ name, at }) => {
    const outer = rules.find((other) => name.startsWith(`${other.name}.`));
    return outer ? [`${at}: ${name} lies within ${outer.name}, which is mapped too.`] : [];
  });
}
