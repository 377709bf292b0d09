/** Compiles the fields of a branch: each a function from a row's cells to a value or a flaw. */
import { ENTITIES, type Entity } from '../entities.js';
import { columnsOf, type Cells, type Columns, type ReadCell } from './columns.js';
import { converterOf } from './convert.js';
import { isFlaw, type Flaw, type Scalar } from './flaws.js';
import { multiply, readDecimal } from './numbers.js';
import { convertOptions, fieldOf, pathOf } from './rule-check.js';
import type { Factor, FieldRule, FieldSource, Mapping, RowRule } from './rules.js';

export interface CompiledField {
  name: string;
  /** Where it stands in the record; null if under its name. */
  path: readonly string[] | null;
  isRequired: boolean;
  /** For messages. */
  columns: readonly string[];
  value: (cells: Cells) => Scalar | Flaw;
}

/** The rule must have no `ruleProblems`. */
export function compileFields(
  mapping: Mapping,
  rule: RowRule,
  entity: Entity,
  columns: Columns,
): CompiledField[] {
  const fields = rule.fields.map((field) => compileField(mapping, field, entity, columns));
  return withCurrency(fields, entity, mapping.currency);
}

function compileField(
  mapping: Mapping,
  rule: FieldRule,
  entity: Entity,
  columns: Columns,
): CompiledField {
  const { type, required, requiredIfMapped } = fieldOf(entity, rule)!;
  const options = convertOptions(mapping, rule);
  // The mapping writes its own numbers with a point, as YAML does.
  const ofYaml = converterOf(type, { ...options, decimalComma: false });
  const path = pathOf(rule);
  const field = {
    name: rule.name,
    path: path.length > 1 ? path : null,
    isRequired: required === true || requiredIfMapped === true,
    columns: columnsOf(rule.from).map(({ column }) => column),
  };
  if (rule.from.kind === 'constant') {
    const constant = ofYaml(rule.from.text);
    return { ...field, value: () => constant };
  }
  const otherwise = rule.default === null ? null : ofYaml(rule.default);
  if (rule.from.kind === 'multiply') {
    const read = compileProduct(rule.from.factors, columns, options.decimalComma);
    return { ...field, value: converting(read, ofYaml, otherwise) };
  }
  const read = translating(compileText(rule.from, columns), rule.values);
  return { ...field, value: converting(read, converterOf(type, options), otherwise) };
}

function converting(
  read: (cells: Cells) => string | null | Flaw,
  convert: (text: string) => Scalar | Flaw,
  otherwise: Scalar | Flaw,
): CompiledField['value'] {
  return (cells) => {
    const text = read(cells);
    if (text === null) return otherwise;
    return typeof text === 'string' ? convert(text) : text;
  };
}

function translating(read: ReadCell, values: FieldRule['values']): ReadCell {
  if (!values) return read;
  return (cells) => {
    const text = read(cells);
    if (text === null) return null;
    const other = values.get(text);
    return other === undefined ? text : other;
  };
}

function compileText(
  source: Extract<FieldSource, { kind: 'column' | 'join' | 'first_of' }>,
  columns: Columns,
): ReadCell {
  if (source.kind === 'column') return columns.reader(source.column);
  const readers = source.columns.map((column) => columns.reader(column));
  if (source.kind === 'first_of') {
    return (cells) => {
      for (const read of readers) {
        const text = read(cells);
        if (text !== null) return text;
      }
      return null;
    };
  }
  return (cells) => {
    const texts = readers.map((read) => read(cells)).filter((text) => text !== null);
    return texts.length === 0 ? null : texts.join(source.separator);
  };
}

/** Null where a factor is empty. */
function compileProduct(
  factors: readonly Factor[],
  columns: Columns,
  comma: boolean,
): (cells: Cells) => string | null | Flaw {
  const readers = factors.map((factor): ReadCell => {
    if ('column' in factor) return columns.reader(factor);
    return () => factor.number;
  });
  const commas = factors.map((factor) => comma && 'column' in factor);
  return (cells) => {
    const numbers: string[] = [];
    for (let index = 0; index < readers.length; index++) {
      const text = readers[index]!(cells);
      if (text === null) return null;
      const number = readDecimal(text, commas[index]!);
      if (isFlaw(number)) return number;
      numbers.push(number);
    }
    return multiply(numbers);
  };
}

/** Records that state no currency are in the mapping's. */
function withCurrency(
  fields: CompiledField[],
  entity: Entity,
  currency: string | null,
): CompiledField[] {
  if (currency === null || !Object.hasOwn(ENTITIES[entity], 'currency')) return fields;
  if (fields.some(({ name }) => name === 'currency')) {
    return fields.map((field) =>
      field.name === 'currency'
        ? { ...field, value: (cells: Cells) => field.value(cells) ?? currency }
        : field,
    );
  }
  const added = { name: 'currency', path: null, isRequired: false, columns: [] };
  return [...fields, { ...added, value: () => currency }];
}
