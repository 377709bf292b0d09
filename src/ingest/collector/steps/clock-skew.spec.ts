import { eventTime } from './clock-skew.js';

const receivedAt = new Date('2026-03-10T12:00:00.000Z');

describe('eventTime', () => {
  it.each([
    ['agreeing clocks', '2026-03-10T11:59:50Z', '2026-03-10T11:59:59Z', '2026-03-10T11:59:50.000Z'],
    [
      'a skew under a minute',
      '2026-03-10T11:00:00Z',
      '2026-03-10T11:59:01Z',
      '2026-03-10T11:00:00.000Z',
    ],
    [
      'a clock an hour behind',
      '2026-03-10T10:50:00Z',
      '2026-03-10T11:00:00Z',
      '2026-03-10T11:50:00.000Z',
    ],
    [
      'a clock five years ahead',
      '2031-03-10T11:50:00Z',
      '2031-03-10T12:00:00Z',
      '2026-03-10T11:50:00.000Z',
    ],
    ['no sentAt', '2020-01-01T00:00:00Z', undefined, '2020-01-01T00:00:00.000Z'],
    ['a sentAt that cannot be read', '2020-01-01T00:00:00Z', 'soon', '2020-01-01T00:00:00.000Z'],
    ['an offset', '2026-03-10T12:30:00+01:00', undefined, '2026-03-10T11:30:00.000Z'],
    ['no offset', '2026-03-10 11:30:00', undefined, '2026-03-10T11:30:00.000Z'],
    ['a date', '2026-03-10', undefined, '2026-03-10T00:00:00.000Z'],
    ['microseconds', '2026-03-10T11:30:00.123456Z', undefined, '2026-03-10T11:30:00.123Z'],
    ['23 hours in the future', '2026-03-11T11:00:00Z', undefined, '2026-03-11T11:00:00.000Z'],
    ['1970', '1970-01-01T00:00:00Z', undefined, '1970-01-01T00:00:00.000Z'],
  ])('reads %s', (_, timestamp, sentAt, expected) => {
    expect(eventTime(timestamp, sentAt, receivedAt)).toMatchObject({
      occurredAt: new Date(expected),
      hasClientTimestamp: true,
    });
  });

  it('keeps the day of the uncorrected timestamp', () => {
    const time = eventTime('2031-03-09T23:50:00Z', '2031-03-10T12:00:00Z', receivedAt);
    expect(time).toMatchObject({ originalDate: '2031-03-09' });
  });

  it('takes the time of arrival without a timestamp', () => {
    expect(eventTime(undefined, undefined, receivedAt)).toEqual({
      occurredAt: receivedAt,
      originalDate: '2026-03-10',
      hasClientTimestamp: false,
    });
  });

  it.each([
    ['garbage', 'not a date'],
    ['a month 13', '2026-13-01T00:00:00Z'],
    ['1969', '1969-12-31T23:59:59Z'],
    ['25 hours in the future', '2026-03-11T13:00:01Z'],
    ['the year 9999', '9999-12-31T00:00:00Z'],
    ['an object', {}],
  ])('refuses %s in words', (_, timestamp) => {
    expect(typeof eventTime(timestamp, undefined, receivedAt)).toBe('string');
  });
});
