/**
 * What the kind `scd2` adds to a contract. A model of it selects the versions of each key, whole:
 * the key, `valid_from`, what is tracked, `is_deleted`. Until when a version holds and which one is
 * current follows from the next one and is derived when read. Pure.
 */
import type { Check, Column, Model, ModelContract } from './model.js';

/** Since when the first version of each key is valid. */
export const BEGINNING = "toDateTime64('1970-01-01', 3, 'UTC')";

const VALID_FROM = 'valid_from';
const REQUIRED = { [VALID_FROM]: "DateTime64(3, 'UTC')", is_deleted: 'Bool' };

export interface DerivedColumn extends Column {
  /** What makes it of a row of the standing versions. */
  expression: string;
}

/**
 * The contract with what follows from its kind: a row is known by its key and `valid_from`, all
 * versions of a key are recomputed together, and no check sets a row aside, since the versions
 * beside it would then say something else. Any other kind is left as it is.
 */
export function completeContract(path: string, contract: ModelContract): ModelContract {
  if (contract.kind !== 'scd2') return contract;
  for (const [name, type] of Object.entries(REQUIRED)) {
    if (contract.columns.some((column) => column.name === name && column.type === type)) continue;
    throw new Error(`${path}: a model of kind scd2 has a column ${name} of type ${type}.`);
  }
  const key = [...contract.key!, VALID_FROM];
  const checks = (contract.checks ?? []).map((check) => ({ severity: 'error' as const, ...check }));
  if (checks.some(({ severity }) => severity === 'row')) {
    throw new Error(`${path}: a model of kind scd2 sets no row aside; choose error or warn.`);
  }
  return { ...contract, key, recompute_by: contract.key!, checks };
}

/** The columns that readers see beside those that are stored. */
export function derivedColumns(model: Pick<Model, 'kind' | 'recompute_by'>): DerivedColumn[] {
  if (model.kind !== 'scd2') return [];
  const versions = `partition by ${model.recompute_by!.join(', ')} order by ${VALID_FROM}`;
  const next =
    `leadInFrame(toNullable(${VALID_FROM})) over (${versions} ` +
    'rows between current row and unbounded following)';
  return [
    {
      name: 'valid_to',
      type: "Nullable(DateTime64(3, 'UTC'))",
      description: 'Until when it held, exclusive; null for the current version.',
      expression: next,
    },
    {
      name: 'is_current',
      type: 'Bool',
      description: 'True for the version that holds now.',
      expression: `(${next} is null)::Bool`,
    },
  ];
}

/**
 * What holds of the versions of every key, asked of all that were recomputed. A version ends where
 * the next begins: without two at one instant none overlap and one is current, and where the first
 * begins with time there is no gap, so that every fact finds the version of its time.
 */
export function historyChecks(model: Model): Check[] {
  const key = model.recompute_by!.join(', ');
  const derived = new Set([...model.key!, ...derivedColumns(model).map(({ name }) => name)]);
  const tracked = model.columns.map(({ name }) => name).filter((name) => !derived.has(name));
  const check = (name: string, description: string, sql: string): Check => ({
    ...{ type: 'sql', severity: 'error', name, description, sql },
  });
  return [
    check(
      'no_overlap',
      'One version of a key begins at an instant, so that one is current.',
      `select ${key} from this() group by ${model.key!.join(', ')} having count() > 1`,
    ),
    check(
      'no_gap',
      'The first version of each key is valid from 1970.',
      `select ${key} from this() group by ${key} having min(${VALID_FROM}) != ${BEGINNING}`,
    ),
    check(
      'each_version_differs',
      'A version differs from the one before it in something that is tracked.',
      `select ${key} from (
         select ${key}, toString(tuple(${tracked.join(', ')})) as told,
           lagInFrame(toNullable(told)) over (partition by ${key} order by ${VALID_FROM}
             rows between unbounded preceding and current row) as told_before
         from this()
       ) where told = told_before`,
    ),
  ];
}
