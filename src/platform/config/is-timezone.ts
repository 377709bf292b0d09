/** A class-validator decorator for IANA timezones. */
import { registerDecorator } from 'class-validator';
import { IANAZone } from 'luxon';

/**
 * Checks that a field names an IANA timezone that this machine knows. A newer Node also knows
 * offsets such as +05:30, which ClickHouse does not.
 */
export function IsTimezone(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'isTimezone',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' && !/^[+-]/.test(value) && IANAZone.isValidZone(value),
        defaultMessage: () => 'must be an IANA timezone',
      },
    });
}
