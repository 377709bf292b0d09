/** Reads the branches of a mapping: conditions, ids, and what a row becomes. */
import { isEntity, ENTITIES } from '../entities.js';
import { readField, type YamlField } from './mapping-fields.js';
import { complainOfFieldName, readColumn } from './mapping-names.js';
import type { MappingText, Path } from './mapping-text.js';
import type { ColumnUse, Condition, ConditionTest, IdPart, RowRule } from './rules.js';

export interface YamlRow {
  when?: YamlConditions | YamlConditions[];
  ignore?: string;
  entity?: string;
  id?: (string | { column?: string; ordinal_of?: string; constant?: unknown })[];
  fields?: Record<string, string | YamlField>;
}

type YamlConditions = Record<string, Record<string, unknown>>;

/** `key` is the primary key of the table that the rows are of, null for those of a file. */
export function readRows(
  yaml: MappingText,
  path: Path,
  rows: YamlRow[],
  key: ColumnUse | null,
): RowRule[] {
  const endless = rows.findIndex(({ when }) => when === undefined);
  if (endless !== -1 && endless < rows.length - 1) {
    const words = 'this branch is never reached: the one before it has no when and takes all rows.';
    yaml.complain([...path, endless + 1], words);
  }
  return rows.map((row, index) => readRow(yaml, [...path, index], row, key));
}

function readRow(yaml: MappingText, path: Path, row: YamlRow, key: ColumnUse | null): RowRule {
  complainOfOutcome(yaml, path, row, key !== null);
  const fields = Object.entries(row.fields ?? {}).map(([name, field]) => {
    const place = [...path, 'fields', name];
    complainOfFieldName(yaml, place, name);
    return readField(yaml, place, name, field);
  });
  // A row number is no name for a table's row, as the next extraction counts anew.
  const keyAlone: IdPart[] | null =
    key && row.ignore !== undefined ? [{ kind: 'column', column: key }] : null;
  return {
    at: yaml.at(path),
    when: readWhen(yaml, [...path, 'when'], row.when),
    ignore: row.ignore ?? null,
    entity: row.entity !== undefined && isEntity(row.entity) ? row.entity : null,
    id: row.id ? readId(yaml, [...path, 'id'], row.id, key !== null) : keyAlone,
    fields,
  };
}

function complainOfOutcome(yaml: MappingText, path: Path, row: YamlRow, isOfTable: boolean): void {
  const { ignore, entity, fields } = row;
  if (entity !== undefined && !isEntity(entity)) {
    const known = Object.keys(ENTITIES).join(', ');
    yaml.complain(
      [...path, 'entity'],
      `there is no entity ${entity}; known are ${known}.`,
      'value',
    );
  }
  if (ignore !== undefined) {
    for (const extra of ['entity', 'fields'].filter((part) => part in row)) {
      yaml.complain([...path, extra], `a branch that ignores rows has no ${extra}.`);
    }
    return;
  }
  if (!fields) yaml.complain(path, 'a branch has either fields or ignore with the reason.');
  if (isOfTable && entity === undefined) {
    yaml.complain(path, 'a branch of a table names its entity.');
  }
}

function readWhen(yaml: MappingText, path: Path, when: YamlRow['when']): Condition[][] {
  if (when === undefined) return [];
  if (!Array.isArray(when)) return [readConditions(yaml, path, when)];
  return when.map((conditions, index) => readConditions(yaml, [...path, index], conditions));
}

function readConditions(yaml: MappingText, path: Path, conditions: YamlConditions): Condition[] {
  return Object.entries(conditions).map(([column, { decimal_comma, ...tests }]) => {
    const place = [...path, column];
    const use = readColumn(yaml, place, column, 'key');
    if (Object.keys(tests).length === 0) {
      yaml.complain(place, `the condition on ${column} tests nothing.`);
    }
    return {
      column: use,
      decimalComma: (decimal_comma as boolean | undefined) ?? null,
      tests: Object.entries(tests).map(([kind, value]) =>
        readTest(yaml, [...place, kind], kind, value),
      ),
    };
  });
}

function readTest(yaml: MappingText, path: Path, kind: string, value: unknown): ConditionTest {
  switch (kind) {
    case 'equals':
    case 'not_equals': {
      const values = [readOperand(yaml, path, value)];
      return { kind: 'in', values, negated: kind === 'not_equals' };
    }
    case 'in': {
      const operands = value as unknown[];
      const values = operands.map((item, index) => readOperand(yaml, [...path, index], item));
      return { kind, values, negated: false };
    }
    case 'empty':
      return { kind, expected: value as boolean };
    case 'matches':
      complainOfPattern(yaml, path, value as string);
      return { kind, pattern: value as string };
    case 'above':
    case 'below':
    case 'at_least':
    case 'at_most':
      return { kind: 'compare', by: kind, than: value as number };
    default:
      throw new Error(`The schema of mappings knows a condition ${kind} that nothing reads.`);
  }
}

function readOperand(yaml: MappingText, path: Path, value: unknown): string | number {
  if (typeof value !== 'number') return yaml.written(path).trim();
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    yaml.complain(path, 'a number beyond 2^53 is not exact; put it in quotes.', 'value');
  }
  return value;
}

function complainOfPattern(yaml: MappingText, path: Path, pattern: string): void {
  try {
    new RegExp(pattern, 'u');
  } catch (error) {
    yaml.complain(path, `matches cannot be read: ${(error as Error).message}.`, 'value');
  }
}

function readId(
  yaml: MappingText,
  path: Path,
  parts: NonNullable<YamlRow['id']>,
  isOfTable: boolean,
): IdPart[] {
  const read = parts.map((part, index): IdPart => {
    const place = [...path, index];
    if (typeof part === 'string') {
      return { kind: 'column', column: readColumn(yaml, place, part) };
    }
    if (part.column !== undefined) {
      return { kind: 'column', column: readColumn(yaml, [...place, 'column'], part.column) };
    }
    if (part.ordinal_of === undefined) {
      return { kind: 'constant', text: yaml.written([...place, 'constant']).trim() };
    }
    if (isOfTable) {
      const words = 'ordinal_of counts the rows of a file; the row of a table has its key.';
      yaml.complain([...place, 'ordinal_of'], words);
    }
    const column = readColumn(yaml, [...place, 'ordinal_of'], part.ordinal_of);
    return { kind: 'ordinal_of', column };
  });
  if (read.every(({ kind }) => kind === 'constant')) {
    yaml.complain(path, 'an id of constants alone is the same for every row.');
  }
  return read;
}
