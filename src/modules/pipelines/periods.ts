/** Periods of arrival as callers write them: dates in the reporting timezone, or instants. */
import { DateTime } from 'luxon';
import { CodedError } from '../../contracts/errors.js';
import type { Clock } from '../../platform/clock/clock.js';

const FORM = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** `from` inclusive, `to` exclusive. */
export interface Period {
  from?: Date;
  to?: Date;
}

interface Written {
  from?: string | undefined;
  to?: string | undefined;
}

export class Periods {
  constructor(
    private readonly timezone: string,
    private readonly clock: Clock,
  ) {}

  /** What is left out is open. Throws `invalid_range`. */
  read({ from, to }: Written): Period {
    const period = {
      ...(from === undefined ? {} : { from: this.instant('from', from) }),
      ...(to === undefined ? {} : { to: this.instant('to', to) }),
    };
    if (period.from && period.to && period.from >= period.to) {
      throw new CodedError('invalid_range', '`from` does not lie before `to`.');
    }
    return period;
  }

  /** The last `days` up to now, unless told otherwise. Throws `invalid_range`. */
  readRecent(given: Written, days: number): Required<Period> {
    const { from, to = this.clock.now() } = this.read(given);
    const start = from ?? DateTime.fromJSDate(to).minus({ days }).toJSDate();
    if (start >= to) throw new CodedError('invalid_range', '`from` does not lie before `to`.');
    return { from: start, to };
  }

  private instant(name: string, text: string): Date {
    const instant = DateTime.fromISO(text, { zone: this.timezone });
    const isRead = FORM.test(text) && instant.isValid;
    if (!isRead || instant.year < 1970 || instant.year > 2149) {
      throw new CodedError('invalid_range', `\`${name}\` is neither a date nor an instant.`);
    }
    return instant.toJSDate();
  }
}
