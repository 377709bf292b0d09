/** Turns the checks of a contract into SQL. */
import type { Check, Model, Severity } from '../compiler/model.js';

/** A check that a single row passes or fails. */
export interface RowCheck {
  name: string;
  passes: string;
}

/** A check on the stage as a whole: it fails if `failing` selects any row. */
export interface ModelCheck {
  name: string;
  severity: Exclude<Severity, 'row'>;
  failing: (stage: string) => string;
}

export function rowChecks(model: Model): RowCheck[] {
  return (model.checks ?? []).filter((check) => severityOf(check) === 'row').flatMap(predicates);
}

export function modelChecks(model: Model): ModelCheck[] {
  return (model.checks ?? []).flatMap((check): ModelCheck[] => {
    const severity = severityOf(check);
    if (severity === 'row') return [];
    if (check.type === 'sql') {
      const failing = (stage: string) => check.sql.replaceAll('this()', stage);
      return [{ name: check.name, severity, failing }];
    }
    if (check.type === 'unique') {
      const columns = check.columns.join(', ');
      const failing = (stage: string) =>
        `select ${columns} from ${stage} group by ${columns} having count() > 1`;
      return [{ name: `unique_${check.columns.join('_')}`, severity, failing }];
    }
    return predicates(check).map(({ name, passes }) => ({
      name,
      severity,
      failing: (stage: string) => `select 1 from ${stage} where not (${passes})`,
    }));
  });
}

function severityOf(check: Check): Severity {
  const isAboutOneRow = check.type !== 'unique' && check.type !== 'sql';
  return check.severity ?? (isAboutOneRow ? 'row' : 'error');
}

function predicates(check: Check): RowCheck[] {
  switch (check.type) {
    case 'not_null':
      return check.columns.map((column) => ({
        name: `not_null_${column}`,
        passes: `isNotNull(${column}) and toString(assumeNotNull(${column})) != ''`,
      }));
    case 'accepted_values': {
      const values = check.values.map(literal).join(', ');
      return [{ name: `accepted_${check.column}`, passes: `${check.column} in (${values})` }];
    }
    case 'range': {
      const bounds = [
        ...(check.min === undefined ? [] : [`${check.column} >= ${check.min}`]),
        ...(check.max === undefined ? [] : [`${check.column} <= ${check.max}`]),
      ];
      const isWithin = bounds.join(' and ') || '1';
      const passes = `isNull(${check.column}) or (${isWithin})`;
      return [{ name: `range_${check.column}`, passes }];
    }
    default:
      throw new Error(
        `A ${check.type} check looks at more than one row; it cannot be a row check.`,
      );
  }
}

function literal(value: string): string {
  return `'${value.replace(/[\\']/g, (character) => `\\${character}`)}'`;
}
