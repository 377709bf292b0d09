/** A class-validator decorator for lists of addresses and CIDR ranges. */
import { isIP } from 'node:net';
import { registerDecorator } from 'class-validator';

/** Checks a comma-separated list such as `10.0.0.0/8, ::1`. A range of everything is refused. */
export function IsAddressList(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'isAddressList',
      target: target.constructor,
      propertyName: propertyName as string,
      validator: {
        validate: (value: unknown) =>
          typeof value === 'string' && value.split(',').every((part) => isRange(part.trim())),
        defaultMessage: () => 'must be addresses or CIDR ranges',
      },
    });
}

function isRange(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  // Zones and addresses of IPv4 in IPv6 clothes are told in no header.
  if (family === 0 || rest.length > 0 || /%|^::ffff:.*\./i.test(address)) return false;
  if (bits === undefined) return true;
  return /^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= (family === 4 ? 32 : 128);
}
