import fc from 'fast-check';
import { DateTime } from 'luxon';
import { formatProblem } from './formatted-time.js';
import { dateReader, timestampReader, type TimeOptions } from './times.js';
import { isTimezone } from './zones.js';

const OPTIONS: TimeOptions = { timezone: 'UTC', ambiguousTimes: 'reject', format: null };

const timestamp = (text: string, options: Partial<TimeOptions> = {}) => {
  const value = timestampReader({ ...OPTIONS, ...options })(text);
  return typeof value === 'string' ? value : value.code;
};
const date = (text: string, options: Partial<TimeOptions> = {}) => {
  const value = dateReader({ ...OPTIONS, ...options })(text);
  return typeof value === 'string' ? value : value.code;
};

describe('timestamps in ISO 8601 and SQL forms', () => {
  it.each([
    ['2010-12-01 08:26:00', '2010-12-01T08:26:00.000Z'],
    ['2010-12-01T08:26:00Z', '2010-12-01T08:26:00.000Z'],
    ['2010-12-01t08:26:00z', '2010-12-01T08:26:00.000Z'],
    ['2010-12-01 08:26', '2010-12-01T08:26:00.000Z'],
    ['2010-12-01', '2010-12-01T00:00:00.000Z'],
    ['2026-01-02 03:04:05.123456+00', '2026-01-02T03:04:05.123Z'],
    ['2026-01-02 03:04:05.999999999Z', '2026-01-02T03:04:05.999Z'],
    ['2026-01-02T03:04:05,5', '2026-01-02T03:04:05.500Z'],
    ['2026-01-02 03:04:05+0100', '2026-01-02T02:04:05.000Z'],
    ['2026-01-02 03:04:05 +0100', '2026-01-02T02:04:05.000Z'],
    ['2026-01-02T03:04:05+01:00', '2026-01-02T02:04:05.000Z'],
    ['2026-01-02T03:04:05-03:30', '2026-01-02T06:34:05.000Z'],
    ['2026-01-02T03:04+05:30', '2026-01-01T21:34:00.000Z'],
    ['2026-01-02 03:04:05 UTC', '2026-01-02T03:04:05.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29', '2000-02-29T00:00:00.000Z'],
    ['1970-01-01', '1970-01-01T00:00:00.000Z'],
    ['2149-12-31T23:59:59.999', '2149-12-31T23:59:59.999Z'],
    ['1969-12-31T23:00:00-01:00', '1970-01-01T00:00:00.000Z'],
  ])('%s', (text, expected) => {
    expect(timestamp(text)).toBe(expected);
  });

  it.each([
    ['2010-13-01', 'invalid_time'],
    ['2010-00-10', 'invalid_time'],
    ['2010-02-29', 'invalid_time'],
    ['2100-02-29', 'invalid_time'],
    ['2010-04-31', 'invalid_time'],
    ['0000-00-00 00:00:00', 'invalid_time'],
    ['2010-12-01 24:00:00', 'invalid_time'],
    ['2010-12-01 08:60:00', 'invalid_time'],
    ['2010-12-01 08:00:60', 'invalid_time'],
    ['2010-12-01 08', 'invalid_time'],
    ['2010-12-01 ', 'invalid_time'],
    ['2010-12-01T08:26:00.', 'invalid_time'],
    ['2010-12-01T08:26:00+25:00', 'invalid_time'],
    ['2010-12-01T08:26:00+1', 'invalid_time'],
    ['2010-12-01T08:26:00 CET', 'invalid_time'],
    ['2010-12-01_08:26:00', 'invalid_time'],
    ['2010/12/01', 'invalid_time'],
    ['01/12/2010 08:26', 'invalid_time'],
    ['yesterday', 'invalid_time'],
    ['infinity', 'invalid_time'],
    ['2010-12-01T08:26:00.00000000000000000000000000', 'invalid_time'],
    ['40513.35', 'mangled_time'],
    ['40513', 'mangled_time'],
    ['1291191960', 'mangled_time'],
    ['0001-01-01 00:00:00', 'out_of_range'],
    ['1969-12-31T23:59:59Z', 'out_of_range'],
    ['1900-01-01', 'out_of_range'],
    ['2150-01-01T00:00:00Z', 'out_of_range'],
    ['9999-12-31', 'out_of_range'],
  ])('refuses %s as %s', (text, code) => {
    expect(timestamp(text)).toBe(code);
  });
});

describe('times of a timezone', () => {
  it.each([
    // Europe/London: clocks go forward at 01:00 on 27 March 2011, back at 02:00 on 30 October.
    ['Europe/London', '2011-03-27 00:59:59', '2011-03-27T00:59:59.000Z'],
    ['Europe/London', '2011-03-27 01:00:00', 'skipped_time'],
    ['Europe/London', '2011-03-27 01:59:59', 'skipped_time'],
    ['Europe/London', '2011-03-27 02:00:00', '2011-03-27T01:00:00.000Z'],
    ['Europe/London', '2011-10-30 00:59:59', '2011-10-29T23:59:59.000Z'],
    ['Europe/London', '2011-10-30 01:00:00', 'ambiguous_time'],
    ['Europe/London', '2011-10-30 01:59:59', 'ambiguous_time'],
    ['Europe/London', '2011-10-30 02:00:00', '2011-10-30T02:00:00.000Z'],
    // It was an hour ahead all through the winters of 1968 to 1971.
    ['Europe/London', '1970-01-02 00:00:00', '1970-01-01T23:00:00.000Z'],
    ['America/New_York', '2011-03-13 01:59:59', '2011-03-13T06:59:59.000Z'],
    ['America/New_York', '2011-03-13 02:30:00', 'skipped_time'],
    ['America/New_York', '2011-03-13 03:00:00', '2011-03-13T07:00:00.000Z'],
    ['America/New_York', '2011-11-06 00:59:59', '2011-11-06T04:59:59.000Z'],
    ['America/New_York', '2011-11-06 01:30:00', 'ambiguous_time'],
    ['America/New_York', '2011-11-06 02:00:00', '2011-11-06T07:00:00.000Z'],
    ['Asia/Kolkata', '2011-06-01 05:30:00', '2011-06-01T00:00:00.000Z'],
    // Half an hour of daylight saving.
    ['Australia/Lord_Howe', '2011-04-03 01:45:00', 'ambiguous_time'],
    ['Australia/Lord_Howe', '2011-10-02 02:15:00', 'skipped_time'],
    ['Australia/Lord_Howe', '2011-10-02 02:30:00', '2011-10-01T15:30:00.000Z'],
    ['Asia/Kathmandu', '2011-06-01 05:45:00', '2011-06-01T00:00:00.000Z'],
    // Samoa crossed the date line: 30 December 2011 did not take place.
    ['Pacific/Apia', '2011-12-29 23:59:59', '2011-12-30T09:59:59.000Z'],
    ['Pacific/Apia', '2011-12-30 12:00:00', 'skipped_time'],
    ['Pacific/Apia', '2011-12-31 00:00:00', '2011-12-30T10:00:00.000Z'],
    ['Pacific/Kiritimati', '2149-12-31 23:00:00', '2149-12-31T09:00:00.000Z'],
    ['America/New_York', '2149-12-31 23:00:00', 'out_of_range'],
    ['Asia/Tokyo', '1970-01-01 03:00:00', 'out_of_range'],
  ])('%s %s', (timezone, text, expected) => {
    expect(timestamp(text, { timezone })).toBe(expected);
  });

  it('takes the earlier or the later of two, if told to', () => {
    const london = { timezone: 'Europe/London' };
    const text = '2011-10-30 01:30:00';
    expect(timestamp(text, { ...london, ambiguousTimes: 'earlier' })).toBe(
      '2011-10-30T00:30:00.000Z',
    );
    expect(timestamp(text, { ...london, ambiguousTimes: 'later' })).toBe(
      '2011-10-30T01:30:00.000Z',
    );
    const skipped = { ...london, ambiguousTimes: 'later' } as const;
    expect(timestamp('2011-03-27 01:30:00', skipped)).toBe('skipped_time');
  });

  it('gives way to an offset that is written', () => {
    expect(timestamp('2011-10-30 01:30:00+01', { timezone: 'Europe/London' })).toBe(
      '2011-10-30T00:30:00.000Z',
    );
  });

  it('shows on clocks of the zone what was written, at the only instants that do', () => {
    const zones = fc.constantFrom(
      ...['Europe/London', 'America/New_York', 'America/St_Johns', 'Australia/Lord_Howe'],
      ...['Pacific/Apia', 'Africa/Casablanca', 'America/Sao_Paulo', 'Asia/Tehran', 'UTC'],
    );
    const minutes = fc.integer({ min: Date.UTC(1971, 0, 1) / 60_000, max: 83_000_000 });
    fc.assert(
      fc.property(zones, minutes, (timezone, minute) => {
        const text = new Date(minute * 60_000).toISOString().slice(0, 19).replace('T', ' ');
        const earlier = timestamp(text, { timezone, ambiguousTimes: 'earlier' });
        const later = timestamp(text, { timezone, ambiguousTimes: 'later' });
        const clock = (instant: string) =>
          DateTime.fromISO(instant, { zone: timezone }).toFormat('yyyy-MM-dd HH:mm:ss');
        if (earlier === 'skipped_time') {
          // Luxon moves a time that does not exist, and so does not give it back.
          expect(
            DateTime.fromSQL(text, { zone: timezone }).toFormat('yyyy-MM-dd HH:mm:ss'),
          ).not.toBe(text);
          return;
        }
        expect([clock(earlier), clock(later)]).toEqual([text, text]);
        expect(timestamp(text, { timezone })).toBe(earlier === later ? earlier : 'ambiguous_time');
        const luxons = DateTime.fromSQL(text, { zone: timezone }).toUTC().toISO();
        expect([earlier, later]).toContain(luxons);
      }),
      { numRuns: 500 },
    );
  });

  it('comes back from every instant', () => {
    const zones = ['Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia'];
    for (const timezone of zones) {
      const first = timestampReader({ timezone, ambiguousTimes: 'earlier', format: null });
      const last = timestampReader({ timezone, ambiguousTimes: 'later', format: null });
      for (let day = Date.UTC(2011, 0, 1); day < Date.UTC(2012, 0, 1); day += 86_400_000) {
        const start = DateTime.fromMillis(day, { zone: timezone });
        if (start.plus({ hours: 30 }).offset === start.minus({ hours: 30 }).offset) continue;
        for (let instant = day; instant < day + 86_400_000; instant += 900_000) {
          const local = DateTime.fromMillis(instant, { zone: timezone });
          const text = local.toFormat('yyyy-MM-dd HH:mm:ss');
          expect([first(text), last(text)]).toContain(new Date(instant).toISOString());
        }
      }
    }
  });

  it('knows its timezones', () => {
    expect(['Europe/London', 'UTC', 'america/new_york'].every(isTimezone)).toBe(true);
    expect(['Europe/Londom', 'local', '', 'Z'].some(isTimezone)).toBe(false);
  });
});

describe('timestamps in a format', () => {
  it.each([
    ['dd/MM/yyyy HH:mm', '01/12/2010 08:26', '2010-12-01T08:26:00.000Z'],
    ['d/M/yyyy H:mm', '1/12/2010 8:26', '2010-12-01T08:26:00.000Z'],
    ['M/d/yy H:mm', '12/1/10 8:26', '2010-12-01T08:26:00.000Z'],
    ['MM/dd/yyyy hh:mm a', '12/01/2010 08:26 PM', '2010-12-01T20:26:00.000Z'],
    ['dd LLL yyyy', '01 Dec 2010', '2010-12-01T00:00:00.000Z'],
    [
      'EEE, dd LLL yyyy HH:mm:ss ZZZ',
      'Wed, 01 Dec 2010 08:26:00 +0100',
      '2010-12-01T07:26:00.000Z',
    ],
    ['yyyyMMdd', '20101201', '2010-12-01T00:00:00.000Z'],
    ["yyyy-MM-dd'T'HH:mm", '2010-12-01T08:26', '2010-12-01T08:26:00.000Z'],
    ['X', '1291191960', '2010-12-01T08:26:00.000Z'],
    ['X', '1291191960.123456', '2010-12-01T08:26:00.123Z'],
    ['x', '1291191960123', '2010-12-01T08:26:00.123Z'],
    ['dd/MM/yyyy HH:mm', '31/02/2010 08:26', 'invalid_time'],
    ['dd/MM/yyyy HH:mm', '12/31/2010 08:26', 'invalid_time'],
    ['dd/MM/yyyy HH:mm', '2010-12-01 08:26:00', 'invalid_time'],
    ['dd/MM/yyyy HH:mm', '40513.35', 'mangled_time'],
    ['dd/MM/yyyy', '01/12/1910', 'out_of_range'],
    ['X', '-1', 'mangled_time'],
    ['X', '999999999999999', 'out_of_range'],
  ])('%s: %s', (format, text, expected) => {
    expect(timestamp(text, { format })).toBe(expected);
  });

  it('are of the timezone, unless the format has the offset', () => {
    const timezone = 'Europe/London';
    const read = (format: string, text: string) => timestamp(text, { format, timezone });
    expect(read('dd/MM/yyyy HH:mm', '01/07/2011 08:26')).toBe('2011-07-01T07:26:00.000Z');
    expect(read('dd/MM/yyyy HH:mm', '27/03/2011 01:30')).toBe('skipped_time');
    expect(read('dd/MM/yyyy HH:mm', '30/10/2011 01:30')).toBe('ambiguous_time');
    expect(read('dd/MM/yyyy HH:mm ZZ', '30/10/2011 01:30 +01:00')).toBe('2011-10-30T00:30:00.000Z');
    expect(read('X', '1319934600')).toBe('2011-10-30T00:30:00.000Z');
  });

  it.each([
    ['HH:mm', 'lacks the year, the month or the day'],
    ['dd/MM', 'lacks the year, the month or the day'],
    ['MM/dd/yyyy hh:mm', 'h needs a'],
    ['DD/MM/YYYY', 'D in the format'],
    ['yyyy-MM-ddTHH:mm', "in quotes: 'T'"],
    ['yyyy-MM-dd HH:mm z', 'z in the format'],
  ])('tells that %s cannot work', (format, words) => {
    expect(formatProblem(format)).toContain(words);
  });

  it('judges any format without throwing, and reads by those that it passes', () => {
    const format = fc.string({
      unit: fc.constantFrom(...`yMdHhmsSaZXELo '"[]()*+\\/-:.`),
      maxLength: 20,
    });
    fc.assert(
      fc.property(format, fc.string(), (tokens, text) => {
        if (formatProblem(tokens) !== null) return;
        const read = timestampReader({ ...OPTIONS, format: tokens });
        expect(['string', 'object']).toContain(typeof read(text));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('dates', () => {
  const format = 'dd.MM.yyyy';

  it.each<[string, Partial<TimeOptions>, string]>([
    ['2011-10-30', {}, '2011-10-30'],
    ['2011-10-30 23:30:00', { timezone: 'Europe/London' }, '2011-10-30'],
    // A clock change leaves the day in no doubt.
    ['2011-10-30 01:30:00', { timezone: 'Europe/London' }, '2011-10-30'],
    ['2011-10-29T23:30:00Z', { timezone: 'Europe/London' }, '2011-10-30'],
    ['2011-10-29 23:30:00+00', {}, '2011-10-29'],
    ['30.10.2011', { format }, '2011-10-30'],
    ['20111030', { format: 'yyyyMMdd' }, '2011-10-30'],
    ['20111030', {}, 'mangled_time'],
    ['40846', { format }, 'mangled_time'],
    ['2011-02-30', {}, 'invalid_date'],
    ['soon', {}, 'invalid_date'],
    ['1969-12-31', {}, 'out_of_range'],
    ['2150-01-01', {}, 'out_of_range'],
    ['2149-12-31', {}, '2149-12-31'],
  ])('%s with %j is %s', (text, options, expected) => {
    expect(date(text, options)).toBe(expected);
  });
});

it('never throws, whatever the text', () => {
  const readers = [timestampReader(OPTIONS), dateReader({ ...OPTIONS, timezone: 'Europe/London' })];
  const nearly = fc.stringMatching(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?(\.\d*)?([Z+-]?[\d:]*)$/);
  fc.assert(
    fc.property(fc.oneof(fc.string(), nearly), (text) => {
      for (const read of readers) {
        const value = read(text);
        if (typeof value === 'string') expect(value).toMatch(/^(19[7-9]|20|21[0-4])\d/);
        else expect(value.detail).toBeTruthy();
      }
    }),
    { numRuns: 2000 },
  );
});
