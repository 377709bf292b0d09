/**
 * The privacy step for records of databases and files: the same rules, tokens and text search as
 * for events, with the questions that a field's name answers asked once and not for every row.
 */
import type { JsonValue } from '../../contracts/json.js';
import type { PersonalKind, Tokeniser } from '../../platform/vault/tokeniser.js';
import { normaliseKey, personalKind, ROOT_SCOPE, scopeUnder } from './keys.js';
import { Ledger, type Original } from './ledger.js';
import { TextProtector } from './text.js';

/** A field that may hold personal data; fields of other types cannot. */
interface ProtectedField {
  name: string;
  key: string;
  kind: PersonalKind | undefined;
}

export class RecordProtector {
  private readonly fields: readonly ProtectedField[];

  /** `entity` names what the record is, e.g. `customers`; `names` are the fields that hold text. */
  constructor(
    private readonly entity: string,
    names: readonly string[],
    private readonly tokeniser: Tokeniser,
  ) {
    this.fields = names.map((name) => {
      return { name, key: normaliseKey(name), kind: kindOfField(entity, name) };
    });
  }

  /** Puts tokens in the place of personal data, in `values` itself, and answers with the originals. */
  protect(values: Record<string, JsonValue>): Original[] {
    let ledger: Ledger | null = null;
    let text: TextProtector | null = null;
    for (const { name, key, kind } of this.fields) {
      const value = values[name];
      if (typeof value !== 'string' || value === '') continue;
      ledger ??= new Ledger(this.tokeniser);
      const field = `${this.entity}.${name}`;
      if (kind !== undefined) values[name] = ledger.replaceWhole(kind, value, field);
      else values[name] = (text ??= new TextProtector(ledger)).protect(value, key, field);
    }
    return ledger?.originals() ?? [];
  }
}

/** The kind of personal data that a field of a record holds, if any; of a path, its last part. */
export function kindOfField(entity: string, name: string): PersonalKind | undefined {
  const scope = scopeUnder(normaliseKey(entity), ROOT_SCOPE);
  return personalKind(normaliseKey(name.split('.').at(-1)!), scope);
}

/** As `RecordProtector` does, for columns of which somebody else has said what they hold. */
export function protectColumns(
  values: Record<string, JsonValue>,
  kinds: ReadonlyMap<string, PersonalKind>,
  tokeniser: Tokeniser,
): Original[] {
  const ledger = new Ledger(tokeniser);
  for (const [column, kind] of kinds) {
    const value = values[column];
    if (typeof value === 'string') values[column] = ledger.replaceWhole(kind, value, column);
  }
  return ledger.originals();
}

/** Ids and keys are free of personal data as well: an e-mail as an id becomes its token. */
export function protectId(id: string, tokeniser: Tokeniser): string {
  return new TextProtector(new Ledger(tokeniser)).protect(id, 'id', 'id');
}
