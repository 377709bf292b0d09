import { jest } from '@jest/globals';
import { printTable } from './print.js';
import { EXIT_CODES } from './run.command.js';

function printed(...table: Parameters<typeof printTable>): string {
  const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    printTable(...table);
    return write.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    write.mockRestore();
  }
}

describe('printTable', () => {
  it('aligns columns by their widest cell, numbers to the right, no blanks at the end', () => {
    const rows = [
      ['silver.events', '12', ''],
      ['x', '3', 'why'],
    ];
    expect(printed(['model', 'rows', 'reason'], rows, [1])).toBe(
      'model          rows  reason\n' + 'silver.events    12\n' + 'x                 3  why\n',
    );
  });

  it('prints the header of an empty table', () => {
    expect(printed(['name', 'scopes'], [])).toBe('name  scopes\n');
  });
});

describe('EXIT_CODES', () => {
  it('tells published, held and failed apart', () => {
    expect(EXIT_CODES).toMatchObject({ published: 0, held: 2, failed: 1, cancelled: 1 });
  });
});
