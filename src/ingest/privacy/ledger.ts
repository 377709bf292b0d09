/**
 * Keeps the originals of one event while their tokens take their places. Private to the privacy
 * step; only `protect.ts` hands its contents on.
 */
import { isToken, type PersonalKind, type Tokeniser } from '../../platform/vault/tokeniser.js';
import { findEmails } from './emails.js';

/** One value that left the event. It goes encrypted to the vault, never to the warehouse. */
export interface Original {
  kind: PersonalKind | 'trait';
  /** Dotted path, e.g. `traits.email` or `properties.products.0.note`; holds no personal data. */
  field: string;
  token: string;
  /** The value as found (percent-decoded in URLs), or the JSON of a dropped trait. */
  value: string;
}

/** Collects originals, one for each field and token. */
export class Ledger {
  private readonly found = new Map<string, Original>();

  constructor(private readonly tokeniser: Tokeniser) {}

  /** Records a value and returns the token that stands in for it. */
  record(kind: PersonalKind | 'trait', value: string, field: string): string {
    const token = this.tokeniser.token(kind, value);
    const entry = `${field}\0${token}`;
    if (!this.found.has(entry)) this.found.set(entry, { kind, field, token, value });
    return token;
  }

  /**
   * The token for the whole value of a personal key. Blank values and tokens stay as they are: the
   * token of nothing would join strangers, and a second pass must change nothing.
   */
  replaceWhole(kind: PersonalKind, value: string, field: string): string {
    const trimmed = value.trim();
    if (trimmed === '') return value;
    if (isToken(trimmed)) return value;
    const [email, ...others] = findEmails(trimmed);
    if (email && others.length === 0) {
      // An e-mail keeps its own token even as `name`, or as 'mailto:…' or 'Jane <…>' in `email`.
      const isWhole = email.start === 0 && email.end === trimmed.length;
      if (kind === 'email' || isWhole) return this.record('email', email.value, field);
    }
    return this.record(kind, value, field);
  }

  originals(): Original[] {
    return [...this.found.values()];
  }
}
