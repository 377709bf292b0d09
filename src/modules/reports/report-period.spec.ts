import { readPeriod, type ReportArguments } from './report-period.js';

const NOW = new Date('2026-03-31T22:30:00Z');

function rangesOf(given: ReportArguments, timezone = 'UTC') {
  const { date, range, previous, yearBefore } = readPeriod(given, timezone, NOW);
  const days = [range, previous, yearBefore].map(
    ({ from, to }) => `${from.toISODate()} ${to.toISODate()}`,
  );
  return [date, ...days];
}

describe('the period of a report', () => {
  it('is the last whole one in the timezone', () => {
    expect(rangesOf({})).toEqual([
      '2026-03-30',
      '2026-03-30 2026-03-31',
      '2026-03-29 2026-03-30',
      '2025-03-30 2025-03-31',
    ]);
    expect(rangesOf({}, 'Europe/Vienna')[0]).toBe('2026-03-31');
  });

  it('begins weeks on Monday and compares them with the week 52 weeks before', () => {
    expect(rangesOf({ period: 'week', date: '2026-03-29' })).toEqual([
      '2026-03-23',
      '2026-03-23 2026-03-30',
      '2026-03-16 2026-03-23',
      '2025-03-24 2025-03-31',
    ]);
  });

  it('compares months with whole months, also in a leap year', () => {
    expect(rangesOf({ period: 'month', date: '2024-03-10' })).toEqual([
      '2024-03-01',
      '2024-03-01 2024-04-01',
      '2024-02-01 2024-03-01',
      '2023-03-01 2023-04-01',
    ]);
  });

  it('is as long as the day is, where the clock is changed', () => {
    const { range } = readPeriod({ date: '2026-03-29' }, 'Europe/Vienna', NOW);
    expect(range.to.diff(range.from, 'hours').hours).toBe(23);
  });

  it.each([
    { period: 'year' },
    { date: '2026-02-30' },
    { date: '30.03.2026' },
    { date: '1969-01-01' },
    { timezone: 'Mars/Olympus' },
  ])('refuses %j', (given) => {
    expect(() => readPeriod(given, 'UTC', NOW)).toThrow();
  });
});
