/**
 * Puts personal data into events and keeps a record of it, so that a test can look afterwards for
 * what must not be found. Imported only inside `cli/shop`.
 */
import type { JsonObject } from '../../contracts/json.js';
import type { Person } from './people.js';
import type { Random } from './prng.js';

const MIXED_CASE_SHARE = 0.1;

/** Writes personal data into events and remembers what it wrote. */
export class PersonalData {
  private readonly emails = new Set<string>();
  private readonly phones = new Set<string>();

  constructor(private readonly random: Random) {}

  /** The e-mail as the person typed it this time: now and then in mixed case. */
  email(person: Person): string {
    this.emails.add(person.email);
    if (!this.random.chance(MIXED_CASE_SHARE)) return person.email;
    return this.random.chance(0.3)
      ? person.email.toUpperCase()
      : person.email.replace(
          /(^|[.@])([a-z])/g,
          (_, before, letter) => before + letter.toUpperCase(),
        );
  }

  /** The phone in its international, spaced form. */
  phone(person: Person): string {
    this.phones.add(person.phone);
    return person.phone;
  }

  /** The user id; for the few whose id is their e-mail it may come in mixed case. */
  userId(person: Person): string | undefined {
    return person.userId === person.email ? this.email(person) : person.userId;
  }

  /** The traits of an identify call. */
  traits(person: Person, locale: string): JsonObject {
    return {
      email: this.email(person),
      phone: this.phone(person),
      firstName: person.firstName,
      lastName: person.lastName,
      birthday: person.birthday,
      address: {
        street: person.street,
        city: person.city,
        postalCode: person.postalCode,
        country: person.country,
      },
      country: person.country,
      language: locale.slice(0, 2),
      plan: person.orders >= 3 ? 'member' : 'standard',
      createdAt: new Date(person.registeredAtMs).toISOString(),
    };
  }

  /** Everything written so far: e-mails in lower case, phones as sent. */
  written(): { emails: string[]; phones: string[] } {
    return { emails: [...this.emails], phones: [...this.phones] };
  }
}
