import { thrownCode } from '../../../test/support/codes.js';
import { Periods } from './periods.js';

const NOW = new Date('2026-05-20T12:00:00Z');
const periods = new Periods('Europe/Vienna', { now: () => NOW });
const iso = (instant: Date | undefined) => instant?.toISOString();

describe('a period', () => {
  it('has days in the reporting timezone, and instants', () => {
    const { from, to } = periods.read({ from: '2026-03-29', to: '2026-03-29T21:30:00.5Z' });
    expect([iso(from), iso(to)]).toEqual(['2026-03-28T23:00:00.000Z', '2026-03-29T21:30:00.500Z']);
  });

  it('is open where nothing is said', () => {
    expect(periods.read({})).toEqual({});
  });

  it('is recent where nothing is said and it must end', () => {
    const { from, to } = periods.readRecent({}, 7);
    expect([iso(from), iso(to)]).toEqual(['2026-05-13T12:00:00.000Z', NOW.toISOString()]);
    const { from: start } = periods.readRecent({ to: '2026-01-08' }, 7);
    expect(iso(start)).toBe('2025-12-31T23:00:00.000Z');
  });

  it.each([
    { from: 'yesterday' },
    { from: '2026-02-30' },
    { from: '2026-W01' },
    { from: '2026-01-01T00:00:00' },
    { to: '1969-01-01' },
    { from: '2026-01-02', to: '2026-01-02' },
  ])('%j is refused', (given) => {
    expect(thrownCode(() => periods.read(given))).toBe('invalid_range');
  });

  it('that begins in the future is refused where it must end now', () => {
    expect(thrownCode(() => periods.readRecent({ from: '2026-06-01' }, 7))).toBe('invalid_range');
  });
});
