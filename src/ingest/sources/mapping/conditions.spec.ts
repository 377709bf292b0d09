import { Columns } from './columns.js';
import { compileWhen } from './conditions.js';
import { parseMapping } from './mapping.js';

const COLUMNS = ['state', 'amount', 'note'];

/** Whether a branch with these conditions, as YAML in one line, takes a row. */
function takes(when: string, cells: (string | null)[], top = ''): boolean | string {
  const yaml = `source: shop\n${top}\nrows:\n  - when: ${when}\n    ignore: x\n`;
  const mapping = parseMapping(yaml, 'shop.yml');
  const columns = new Columns(COLUMNS, mapping.emptyValues);
  const answer = compileWhen(mapping.rows![0]!.when, columns, mapping.decimalComma)(cells);
  return typeof answer === 'boolean' ? answer : `${answer.column}: ${answer.flaw.code}`;
}

describe('conditions', () => {
  it.each<[string, string | null, boolean | string]>([
    ['{ equals: done }', 'done', true],
    ['{ equals: done }', ' done ', true],
    ['{ equals: done }', 'Done', false],
    ['{ equals: done }', null, false],
    ["{ equals: '' }", null, true],
    ["{ equals: '0' }", '0.0', false],
    ['{ equals: 0 }', '0.0', true],
    ['{ equals: 0 }', '0', true],
    ['{ equals: 0 }', '-0.00', true],
    ['{ equals: 0 }', '0.0000001', false],
    ['{ equals: 0 }', null, false],
    ['{ equals: 0 }', 'free', 'amount: invalid_decimal'],
    ['{ equals: true }', 'true', true],
    ['{ equals: true }', 't', false],
    ['{ not_equals: done }', 'new', true],
    ['{ not_equals: done }', null, true],
    ['{ not_equals: done }', 'done', false],
    ['{ not_equals: 1 }', '1.0', false],
    ['{ not_equals: 1 }', '2', true],
    ['{ not_equals: 1 }', null, true],
    ['{ not_equals: 1 }', 'one', 'amount: invalid_decimal'],
    ['{ in: [done, paid] }', 'paid', true],
    ['{ in: [done, paid] }', 'new', false],
    ['{ in: [1, 2.5] }', '2.50', true],
    ['{ in: [1, 2] }', '3', false],
    ['{ in: [1, none] }', 'none', true],
    ['{ in: [1, none] }', 'some', 'amount: invalid_decimal'],
    ["{ in: [007, '08'] }", '7', true],
    ['{ empty: true }', null, true],
    ['{ empty: true }', '', true],
    ['{ empty: true }', ' \t\u00a0', true],
    ['{ empty: true }', 'x', false],
    ['{ empty: false }', 'x', true],
    ['{ empty: false }', ' ', false],
    ['{ matches: ^C }', 'C536379', true],
    ['{ matches: ^C }', '536379C', false],
    ['{ matches: C }', '536379C', true],
    ["{ matches: '^\\p{Lu}+$' }", 'ÄÖ', true],
    ['{ matches: .* }', null, false],
    ['{ above: 0 }', '0.000001', true],
    ['{ above: 0 }', '0', false],
    ['{ above: 0 }', null, false],
    ['{ above: 0 }', '1,5', 'amount: invalid_decimal'],
    ['{ below: 0 }', '-1', true],
    ['{ below: 0 }', '0', false],
    ['{ at_least: 5 }', '5.00', true],
    ['{ at_least: 5 }', '4.999999', false],
    ['{ at_most: 5 }', '5', true],
    ['{ at_most: 5 }', '5.1', false],
    ['{ above: 0, below: 10 }', '5', true],
    ['{ above: 0, below: 10 }', '10', false],
    ["{ matches: '^[0-9]+$', above: 5 }", 'many', false],
    ['{ above: 1000, decimal_comma: true }', '1.234,50', true],
  ])('%s of %j: %s', (condition, cell, expected) => {
    expect(takes(`{ amount: ${condition} }`, ['', cell, ''])).toBe(expected);
  });

  it('must all hold, and are not asked past the first that does not', () => {
    const when = '{ state: { equals: sale }, amount: { above: 0 } }';
    expect(takes(when, ['sale', '1', null])).toBe(true);
    expect(takes(when, ['sale', '-1', null])).toBe(false);
    expect(takes(when, ['note', 'no number', null])).toBe(false);
    expect(takes(when, ['sale', 'no number', null])).toBe('amount: invalid_decimal');
  });

  it('in a list are alternatives', () => {
    const when = '[{ state: { equals: sale } }, { amount: { above: 0 }, note: { empty: true } }]';
    expect(takes(when, ['sale', 'no number', 'x'])).toBe(true);
    expect(takes(when, ['gift', '5', null])).toBe(true);
    expect(takes(when, ['gift', '5', 'x'])).toBe(false);
    expect(takes(when, ['gift', 'no number', 'x'])).toBe('amount: invalid_decimal');
  });

  it('follow the mapping’s decimal comma and empty values', () => {
    const above = '{ amount: { above: 1000 } }';
    expect(takes(above, ['', '1.234,50', ''], 'decimal_comma: true')).toBe(true);
    const empty = '{ state: { empty: true } }';
    expect(takes(empty, ['NULL', '', ''])).toBe(false);
    expect(takes(empty, [' NULL ', '', ''], "empty_values: ['NULL', '-']")).toBe(true);
    expect(takes(empty, ['N/A', '', ''], "empty_values: ['NULL', '-']")).toBe(false);
  });
});
