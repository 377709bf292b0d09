/**
 * The columns that a mapping itself takes for personal data, whatever they are called: `Kunde` is a
 * person's name if a branch maps it to the name of customers. Pure; for the rows that it ignores.
 */
import type { PersonalKind } from '../../platform/vault/tokeniser.js';
import { kindOfField } from '../privacy/protect-record.js';
import type { Entity } from './entities.js';
import { columnsOf } from './mapping/columns.js';
import type { RowRule } from './mapping/rules.js';

/** `entity` is that of branches that name none. */
export function personalColumns(
  rules: readonly RowRule[],
  entity: Entity | null,
): ReadonlyMap<string, PersonalKind> {
  const kinds = new Map<string, PersonalKind>();
  for (const rule of rules) {
    const target = rule.entity ?? entity;
    if (target === null) continue;
    for (const { name, from } of rule.fields) {
      const kind = kindOfField(target, name);
      if (kind === undefined) continue;
      for (const { column } of columnsOf(from)) kinds.set(column, kind);
    }
  }
  return kinds;
}
