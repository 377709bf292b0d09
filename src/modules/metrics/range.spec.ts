import { DateTime } from 'luxon';
import { thrownCode } from '../../../test/support/codes.js';
import {
  bucketKey,
  bucketStarts,
  comparedRange,
  engineTimezone,
  MAX_POINTS,
  readRange,
  readTimezone,
  type Range,
} from './range.js';

const NOW = new Date('2026-05-20T23:30:00Z');
const VIENNA = 'Europe/Vienna';

function range(from: string, to: string, timezone = 'UTC'): Range {
  return readRange(from, to, timezone, NOW);
}

function inUtc({ from, to }: Range): string[] {
  return [from, to].map((end) => end.toUTC().toISO().slice(0, 16));
}

function starts(from: string, to: string, timezone: string, granularity: 'hour' | 'day') {
  const found = bucketStarts(range(from, to, timezone), granularity);
  return found.map((start) => start.toISO({ suppressMilliseconds: true, suppressSeconds: true }));
}

describe('readRange', () => {
  it('reads dates in the timezone, `to` exclusive', () => {
    expect(inUtc(range('2026-03-29', '2026-03-30', VIENNA))).toEqual([
      '2026-03-28T23:00',
      '2026-03-29T22:00',
    ]);
  });

  it.each([
    ['2026-01-01T00:15:00Z', '2026-01-01T00:15'],
    ['2026-01-01T00:15:00.000+05:45', '2025-12-31T18:30'],
    ['2026-01-01T12:00-03:30', '2026-01-01T15:30'],
  ])('reads the instant %s', (from, expected) => {
    expect(inUtc(range(from, '2026-02-01'))[0]).toBe(expected);
  });

  it('takes the last 30 days up to the end of today, today being the timezone’s', () => {
    const found = readRange(undefined, undefined, VIENNA, NOW);
    expect(found.from.toISO()).toBe('2026-04-22T00:00:00.000+02:00');
    expect(found.to.toISO()).toBe('2026-05-22T00:00:00.000+02:00');
    const fromTo = readRange(undefined, '2026-01-31', 'UTC', NOW);
    expect(inUtc(fromTo)).toEqual(['2026-01-01T00:00', '2026-01-31T00:00']);
  });

  it.each([
    ['reversed', '2026-02-01', '2026-01-01'],
    ['empty', '2026-01-01', '2026-01-01'],
    ['not on a quarter of an hour', '2026-01-01T00:10:00Z', '2026-01-02'],
    ['a second past a quarter', '2026-01-01T00:15:01Z', '2026-01-02'],
    ['a millisecond past a quarter', '2026-01-01T00:15:00.001Z', '2026-01-02'],
    ['no such day', '2026-02-30', '2026-03-02'],
    ['no such hour', '2026-01-01T25:00:00Z', '2026-03-02'],
    ['an instant without an offset', '2026-01-01T00:00:00', '2026-03-02'],
    ['a week date', '2026-W01-1', '2026-03-02'],
    ['before 1970', '1969-12-31', '2026-03-02'],
    ['after 2149', '2026-01-01', '2150-01-01'],
    ['SQL', "2026-01-01' or 1=1 --", '2026-03-02'],
  ])('refuses a range that is %s', (_, from, to) => {
    expect(thrownCode(() => range(from, to))).toBe('invalid_range');
  });
});

describe('timezones', () => {
  it('takes IANA names and falls back to the reporting timezone', () => {
    expect(readTimezone('Asia/Kathmandu', 'UTC')).toBe('Asia/Kathmandu');
    expect(readTimezone(undefined, VIENNA)).toBe(VIENNA);
    for (const name of ['Mars/Phobos', '', 'UTC+3', "UTC'; drop table x"]) {
      expect(thrownCode(() => readTimezone(name, 'UTC'))).toBe('unknown_timezone');
    }
  });

  it('spells them for the engine, which knows only exact names', () => {
    expect(engineTimezone('utc')).toBe('UTC');
    expect(engineTimezone('europe/vienna')).toBe('Europe/Vienna');
    expect(engineTimezone('PST')).toBe('America/Los_Angeles');
  });
});

describe('comparedRange', () => {
  const compared = (given: Range, comparison: 'previous' | 'year') =>
    inUtc(comparedRange(given, comparison)!);

  it('is null for none', () => {
    expect(comparedRange(range('2026-01-01', '2026-01-02'), 'none')).toBeNull();
  });

  it('takes as many days before, whole days also over a change of the clock', () => {
    // 30 March has 24 hours; the day before it, in which the clock changes, has 23.
    expect(compared(range('2026-03-30', '2026-03-31', VIENNA), 'previous')).toEqual([
      '2026-03-28T23:00',
      '2026-03-29T22:00',
    ]);
    expect(compared(range('2026-10-25', '2026-10-26', VIENNA), 'previous')).toEqual([
      '2026-10-23T22:00',
      '2026-10-24T22:00',
    ]);
  });

  it('takes the same elapsed time before a range of hours', () => {
    const given = range('2026-03-29T04:00:00+02:00', '2026-03-29T06:00:00+02:00', VIENNA);
    expect(compared(given, 'previous')).toEqual(['2026-03-29T00:00', '2026-03-29T02:00']);
  });

  it('takes the same dates a year before, whatever the offset was', () => {
    expect(compared(range('2026-03-30', '2026-04-01', VIENNA), 'year')).toEqual([
      '2025-03-29T23:00',
      '2025-03-31T22:00',
    ]);
  });

  it.each([
    ['2024-02-28', '2024-02-29', '2023-02-28', '2023-03-01'],
    ['2024-02-29', '2024-03-01', '2023-02-28', '2023-03-01'],
    ['2024-02-01', '2024-03-01', '2023-02-01', '2023-03-01'],
    ['2025-02-01', '2025-03-01', '2024-02-01', '2024-03-01'],
  ])('is never empty around 29 February: %s to %s', (from, to, yearFrom, yearTo) => {
    expect(compared(range(from, to), 'year')).toEqual([`${yearFrom}T00:00`, `${yearTo}T00:00`]);
  });
});

describe('bucketStarts', () => {
  it('leaves out the hour that spring skips and gives autumn’s twice', () => {
    const spring = starts('2026-03-29', '2026-03-30', VIENNA, 'hour');
    expect(spring).toHaveLength(23);
    expect(spring.slice(1, 3)).toEqual(['2026-03-29T01:00+01:00', '2026-03-29T03:00+02:00']);
    const autumn = starts('2026-10-25', '2026-10-26', VIENNA, 'hour');
    expect(autumn).toHaveLength(25);
    expect(autumn.slice(2, 4)).toEqual(['2026-10-25T02:00+02:00', '2026-10-25T02:00+01:00']);
  });

  it('starts days, weeks and months at local midnight on both sides of a change', () => {
    const across = range('2026-03-28', '2026-04-02', VIENNA);
    const iso = (granularity: 'day' | 'week' | 'month') =>
      bucketStarts(across, granularity).map((start) => start.toISO().slice(0, 16));
    expect(iso('day')).toHaveLength(5);
    expect(iso('day').every((at) => at.endsWith('T00:00'))).toBe(true);
    expect(iso('week')).toEqual(['2026-03-23T00:00', '2026-03-30T00:00']);
    expect(iso('month')).toEqual(['2026-03-01T00:00', '2026-04-01T00:00']);
  });

  it('begins the hours of Kathmandu a quarter past UTC’s', () => {
    const found = starts('2026-01-01', '2026-01-02', 'Asia/Kathmandu', 'hour');
    expect(found).toHaveLength(24);
    const utc = bucketStarts(range('2026-01-01', '2026-01-02', 'Asia/Kathmandu'), 'hour')[0]!;
    expect(utc.toUTC().toISO()).toBe('2025-12-31T18:15:00.000Z');
  });

  it.each([
    ['Africa/Cairo', '2026-04-23', '2026-04-26', '2026-04-24T01:00+03:00'],
    ['America/Sao_Paulo', '2018-11-03', '2018-11-06', '2018-11-04T01:00-02:00'],
  ])('begins a day without midnight at one o’clock: %s', (timezone, from, to, first) => {
    const days = starts(from, to, timezone, 'day');
    expect(days).toHaveLength(3);
    expect(days[1]).toBe(first);
    expect(days[2]).toMatch(/T00:00/);
    expect(starts(from, to, timezone, 'hour')).toHaveLength(71);
  });

  it('counts hours from each midnight where the clock changes by half an hour', () => {
    const found = starts('2025-10-05', '2025-10-06', 'Australia/Lord_Howe', 'hour');
    expect(found[2]).toBe('2025-10-05T02:30+11:00');
    const later = starts('2025-10-05', '2025-10-07', 'Australia/Lord_Howe', 'hour');
    expect(later).toContain('2025-10-06T00:00+11:00');
    expect(later).toHaveLength(48);
  });

  it('gives every bucket that the range touches', () => {
    const found = starts('2026-01-01T10:45:00Z', '2026-01-01T12:15:00Z', 'UTC', 'hour');
    expect(found).toEqual(['10', '11', '12'].map((hour) => `2026-01-01T${hour}:00Z`));
  });

  it('allows 10,000 points and not one more, also where the ends cut buckets', () => {
    const from = DateTime.fromISO('2025-01-01T00:00:00Z', { zone: 'UTC' }) as DateTime<true>;
    const count = (start: DateTime<true>, hours: number) =>
      bucketStarts({ from: start, to: start.plus({ hours }) }, 'hour').length;
    expect(count(from, MAX_POINTS)).toBe(10_000);
    expect(thrownCode(() => count(from, MAX_POINTS + 1))).toBe('range_too_long');
    // Half past to half past: 10,000 hours touch 10,001 buckets.
    const half = from.plus({ minutes: 30 });
    expect(thrownCode(() => count(half, MAX_POINTS))).toBe('range_too_long');
    expect(thrownCode(() => bucketStarts(range('1970-01-01', '2149-01-01'), 'day'))).toBe(
      'range_too_long',
    );
  });

  it('names hours by their instant, days by their local date', () => {
    const start = DateTime.fromISO('2026-01-01T00:00:00', { zone: 'Asia/Kathmandu' });
    expect(bucketKey(start, 'hour')).toBe('1767204900');
    expect(bucketKey(start, 'day')).toBe('2026-01-01');
  });
});
