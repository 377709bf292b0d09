/** Days as `YYYY-MM-DD` in UTC. */
import { DateTime } from 'luxon';

export function yesterday(): string {
  return DateTime.utc().minus({ days: 1 }).toISODate();
}

export function addDays(day: string, days: number): string {
  const date = DateTime.fromISO(day, { zone: 'utc' });
  if (!date.isValid) throw new Error(`${day} is not a date; expected YYYY-MM-DD.`);
  return date.plus({ days }).toISODate();
}
