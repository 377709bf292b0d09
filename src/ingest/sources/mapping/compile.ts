/**
 * Compiles the branches of a mapping, for a source whose columns are known, into one function from
 * a row to a record. Works on indices and closures, as it runs for every row of every file.
 */
import type { JsonValue } from '../../../contracts/json.js';
import type { Entity } from '../entities.js';
import type { SourceRow } from '../rows.js';
import { Columns, wantedColumns, type Cells } from './columns.js';
import { compileWhen, type Holds } from './conditions.js';
import { wellFormed } from './convert.js';
import { compileFields, type CompiledField } from './fields.js';
import { FLAWS, isFlaw, type Flaw } from './flaws.js';
import { compileId, Ordinals, type FormId } from './ids.js';
import { isForbidden } from './mapping-names.js';
import { invalidMapping } from './mapping-text.js';
import { OWN_IDS, ruleProblems } from './rule-check.js';
import type { Mapping, RowRule } from './rules.js';

export { wantedColumns } from './columns.js';

export type MappedRow =
  | { outcome: 'record'; entity: Entity; id: string; values: Record<string, JsonValue> }
  /** `values`: the cells as the source wrote them, by column, without the empty ones. */
  | { outcome: 'ignored'; id: string; reason: string; values: Record<string, JsonValue> }
  /** `field`: of the record, or the column of a condition; `detail` is free of the row's data. */
  | { outcome: 'rejected'; field: string; code: string; detail: string };

/** Counts rows for `ordinal_of`: one mapper for one pass over a source, every row once, in order. */
export interface RowMapper {
  map(row: SourceRow): MappedRow;
  /** The columns it reads. */
  readonly wants: readonly string[];
}

interface Branch {
  holds: Holds;
  map(row: SourceRow): MappedRow;
}

const NO_MATCH: MappedRow = Object.freeze({
  outcome: 'rejected',
  field: '',
  code: 'no_matching_rule',
  detail: 'no branch of the mapping takes this row',
});

/**
 * `defaultEntity` is that of branches that name none. Throws `invalid_mapping`, with the place in
 * the YAML, for what only the entity or the source's columns show to be wrong.
 */
export function compileRows(
  mapping: Mapping,
  rows: RowRule[],
  columns: readonly string[],
  defaultEntity: Entity | null,
): RowMapper {
  const source = new Columns(columns, mapping.emptyValues);
  source.refuseMissing(rows);
  const ordinals = new Ordinals(source);
  const branches = rows.map((rule): Branch => {
    const holds = compileWhen(rule.when, source, mapping.decimalComma);
    const id = rule.id && compileId(rule.id, source, ordinals);
    if (rule.ignore !== null) return { holds, map: ignoring(rule.ignore, id, source) };
    const entity = entityOf(mapping, rule, defaultEntity);
    return { holds, map: recording(entity, id, compileFields(mapping, rule, entity, source)) };
  });
  const counted = ordinals.all;
  return {
    wants: wantedColumns(rows),
    map(row) {
      // Before anything is decided: the number of a row does not depend on what becomes of it.
      for (const ordinal of counted) ordinal.count(row.cells);
      for (const branch of branches) {
        const answer = branch.holds(row.cells);
        if (answer === true) return branch.map(row);
        if (answer !== false) return rejected(answer.column, answer.flaw, [answer.column]);
      }
      return NO_MATCH;
    },
  };
}

function entityOf(mapping: Mapping, rule: RowRule, defaultEntity: Entity | null): Entity {
  const entity = rule.entity ?? defaultEntity;
  if (entity === null) {
    throw invalidMapping([`${rule.at}: this branch names no entity, and none is asked for.`]);
  }
  const problems = ruleProblems(mapping, rule, entity);
  if (problems.length > 0) throw invalidMapping(problems);
  return entity;
}

/** A reason to ignore a row is no reason to complain of its id. */
function ignoring(reason: string, formId: FormId | null, columns: Columns): Branch['map'] {
  return ({ line, cells }) => {
    const id = formId?.(cells);
    return {
      outcome: 'ignored',
      id: typeof id === 'string' ? id : `line-${line}`,
      reason,
      values: rawValues(columns.names, cells),
    };
  };
}

function rawValues(names: readonly string[], cells: Cells): Record<string, JsonValue> {
  const values: Record<string, JsonValue> = {};
  for (let index = 0; index < names.length; index++) {
    const cell = cells[index];
    const name = names[index]!;
    if (typeof cell !== 'string' || cell.trim() === '' || isForbidden(name)) continue;
    values[name] = wellFormed(cell);
  }
  return values;
}

function recording(
  entity: Entity,
  formId: FormId | null,
  fields: readonly CompiledField[],
): Branch['map'] {
  const ownId = OWN_IDS[entity];
  return ({ cells }) => {
    const values: Record<string, JsonValue> = {};
    for (const field of fields) {
      const value = field.value(cells);
      if (isFlaw(value)) return rejected(field.name, value, field.columns);
      if (value === null && field.isRequired) {
        return rejected(field.name, FLAWS.missing, field.columns);
      }
      if (field.path === null) values[field.name] = value;
      else putDeep(values, field.path, value);
    }
    const id = formId ? formId(cells) : (values[ownId!] as string | null);
    if (id === null) return rejected(ownId!, FLAWS.missing, []);
    if (isFlaw(id)) return rejected('id', id, []);
    return { outcome: 'record', entity, id, values };
  };
}

function putDeep(values: Record<string, JsonValue>, path: readonly string[], value: JsonValue) {
  let target = values;
  for (let index = 0; index < path.length - 1; index++) {
    target = (target[path[index]!] ??= {}) as Record<string, JsonValue>;
  }
  target[path.at(-1)!] = value;
}

function rejected(field: string, { code, detail }: Flaw, columns: readonly string[]): MappedRow {
  const origin = columns.length === 0 ? field : `${field}, from ${columns.join(', ')}`;
  return { outcome: 'rejected', field, code, detail: `${origin}: ${detail}` };
}
