import { registerDecorator } from 'class-validator';
import { IANAZone } from 'luxon';

/** Checks that a field names an IANA timezone that this machine knows. */
export function IsTimezone(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'isTimezone',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: (value: unknown) => typeof value === 'string' && IANAZone.isValidZone(value),
        defaultMessage: () => 'must be an IANA timezone',
      },
    });
}
