/** The names that a mapping may use: of columns, and of the fields of records. */
import type { MappingText, Path } from './mapping-text.js';
import type { ColumnUse } from './rules.js';

/** Keys that would reach an object's prototype instead of its own members. */
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export const isForbidden = (name: string): boolean => FORBIDDEN_NAMES.has(name);

/** Columns of JSON are paths with dots, as are the properties of events. */
const hasForbidden = (path: string) => path.split('.').some(isForbidden);

/** A column that the YAML names at `path`. */
export function readColumn(
  yaml: MappingText,
  path: Path,
  column: string,
  part: 'key' | 'value' = 'value',
): ColumnUse {
  if (hasForbidden(column)) yaml.complain(path, `a column cannot be named ${column}.`, part);
  return { column, at: yaml.at(path, part) };
}

export function complainOfFieldName(yaml: MappingText, path: Path, name: string): void {
  if (hasForbidden(name)) yaml.complain(path, `a field cannot be named ${name}.`);
}
