/** The conditions of a branch as a function of a row's cells. */
import type { Cells, Columns, ReadCell } from './columns.js';
import { isFlaw, type Flaw } from './flaws.js';
import { readNumber } from './numbers.js';
import type { Comparison, Condition, ConditionTest } from './rules.js';

/** A number was needed and the column holds none. */
export interface Unreadable {
  column: string;
  flaw: Flaw;
}

/** Whether a branch takes a row. */
export type Holds = (cells: Cells) => boolean | Unreadable;

type Test = (text: string | null) => boolean | Flaw;

const COMPARE: Record<Comparison, (value: number, than: number) => boolean> = {
  above: (value, than) => value > than,
  below: (value, than) => value < than,
  at_least: (value, than) => value >= than,
  at_most: (value, than) => value <= than,
};

/** Tries alternatives in order, and in each the conditions up to the first that fails. */
export function compileWhen(
  when: readonly (readonly Condition[])[],
  columns: Columns,
  decimalComma: boolean,
): Holds {
  const alternatives = when.map((conditions) =>
    all(conditions.map((condition) => compileCondition(condition, columns, decimalComma))),
  );
  if (alternatives.length === 0) return () => true;
  if (alternatives.length === 1) return alternatives[0]!;
  return (cells) => {
    for (const holds of alternatives) {
      const answer = holds(cells);
      if (answer !== false) return answer;
    }
    return false;
  };
}

function all(conditions: readonly Holds[]): Holds {
  return (cells) => {
    for (const holds of conditions) {
      const answer = holds(cells);
      if (answer !== true) return answer;
    }
    return true;
  };
}

function compileCondition(condition: Condition, columns: Columns, decimalComma: boolean): Holds {
  const read: ReadCell = columns.reader(condition.column);
  const { column } = condition.column;
  const comma = condition.decimalComma ?? decimalComma;
  const tests = condition.tests.map((test) => compileTest(test, comma));
  return (cells) => {
    const text = read(cells);
    for (const test of tests) {
      const answer = test(text);
      if (answer === false) return false;
      if (answer !== true) return { column, flaw: answer };
    }
    return true;
  };
}

function compileTest(test: ConditionTest, comma: boolean): Test {
  switch (test.kind) {
    case 'in': {
      const isIn = compileIn(test.values, comma);
      if (!test.negated) return isIn;
      return (text) => {
        const answer = isIn(text);
        return typeof answer === 'boolean' ? !answer : answer;
      };
    }
    case 'empty':
      return (text) => (text === null) === test.expected;
    case 'matches': {
      const pattern = new RegExp(test.pattern, 'u');
      return (text) => text !== null && pattern.test(text);
    }
    case 'compare': {
      const compare = COMPARE[test.by];
      return onNumbers(comma, (value) => compare(value, test.than));
    }
  }
}

/** Texts are compared first, so that a list of both does not refuse a text that it names. */
function compileIn(values: readonly (string | number)[], comma: boolean): Test {
  const texts = new Set(values.filter((value) => typeof value === 'string'));
  const numbers = new Set(values.filter((value) => typeof value === 'number'));
  const isInTexts = (text: string | null) => texts.has(text ?? '');
  if (numbers.size === 0) return isInTexts;
  const isInNumbers = onNumbers(comma, (value) => numbers.has(value));
  return texts.size === 0 ? isInNumbers : (text) => isInTexts(text) || isInNumbers(text);
}

/** An empty cell is no number, and so neither equal to one nor above or below it. */
function onNumbers(comma: boolean, test: (value: number) => boolean): Test {
  return (text) => {
    if (text === null) return false;
    const value = readNumber(text, comma);
    return isFlaw(value) ? value : test(value);
  };
}
