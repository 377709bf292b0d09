/**
 * The vault: personal values, encrypted a subject at a time, in the control database. The only
 * reader and writer of pii_vault. Ingest stores here before an event that holds the token is
 * acknowledged; reading back belongs to what holds `pii:read`.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { DataSource } from 'typeorm';
import { CodedError } from '../../contracts/errors.js';
import { VaultEntry } from '../control-db/entities/vault-entry.entity.js';
import { deriveKey } from './secret.js';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const INSERT_CHUNK_ROWS = 5000;
const RECENT_ENTRIES = 200_000;

/** One personal value as the privacy step found it. */
export interface PersonalValue {
  subject: string;
  kind: string;
  field: string;
  token: string;
  value: string;
}

export class Vault {
  /** What is known to stand already, so that a returning customer costs no statement. */
  private readonly recent = new LRUCache<string, true>({ max: RECENT_ENTRIES });

  constructor(
    private readonly dataSource: DataSource,
    private readonly secret: string,
  ) {}

  /** Stores what is new; answers when it is durable. Throws `store_unavailable`. */
  async store(values: readonly PersonalValue[], now: Date): Promise<void> {
    const fresh = new Map<string, PersonalValue>();
    for (const value of values) {
      const key = entryKey(value);
      if (!this.recent.has(key)) fresh.set(key, value);
    }
    if (fresh.size === 0) return;
    const rows = [...fresh.values()].map((value) => this.encryptEntry(value, now));
    // Two requests that insert the same rows in another order would wait for each other.
    rows.sort((a, b) => (entryKey(a) < entryKey(b) ? -1 : 1));
    try {
      for (let start = 0; start < rows.length; start += INSERT_CHUNK_ROWS) {
        await this.insert(rows.slice(start, start + INSERT_CHUNK_ROWS));
      }
    } catch (error) {
      throw unavailable(error);
    }
    for (const key of fresh.keys()) this.recent.set(key, true);
  }

  /** An array a column: one short statement however many rows. */
  private async insert(rows: VaultEntry[]): Promise<void> {
    await this.dataSource.query(
      `insert into pii_vault (subject, token, field, kind, ciphertext, created_at)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[],
         $6::timestamptz[])
       on conflict do nothing`,
      [
        rows.map(({ subject }) => subject),
        rows.map(({ token }) => token),
        rows.map(({ field }) => field),
        rows.map(({ kind }) => kind),
        rows.map(({ ciphertext }) => ciphertext),
        rows.map(({ createdAt }) => createdAt),
      ],
    );
  }

  /**
   * The values of one subject, decrypted. The caller holds `pii:read` and is audited. Throws
   * `store_unavailable`.
   */
  async open(subject: string): Promise<PersonalValue[]> {
    const stored = this.dataSource.getRepository(VaultEntry).findBy({ subject });
    const entries = await stored.catch((error: unknown) => {
      throw unavailable(error);
    });
    return entries.map((entry) => ({
      subject,
      kind: entry.kind,
      field: entry.field,
      token: entry.token,
      value: this.decrypt(subject, entry.ciphertext),
    }));
  }

  /** Text under a key of its own, for what is kept beside the vault, such as a rejected row. */
  seal(subject: string, text: string): Buffer {
    return this.encrypt(subject, text);
  }

  /** The inverse of {@link seal}. The caller holds `pii:read` and is audited. */
  unseal(subject: string, sealed: Buffer): string {
    return this.decrypt(subject, sealed);
  }

  private encryptEntry(value: PersonalValue, now: Date): VaultEntry {
    return {
      subject: value.subject,
      token: value.token,
      field: value.field,
      kind: value.kind,
      ciphertext: this.encrypt(value.subject, value.value),
      createdAt: now,
    };
  }

  private encrypt(subject: string, text: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.keyOf(subject), nonce);
    const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), body]);
  }

  private decrypt(subject: string, sealed: Buffer): string {
    const decipher = createDecipheriv(
      'aes-256-gcm',
      this.keyOf(subject),
      sealed.subarray(0, NONCE_BYTES),
    );
    decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const body = decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([body, decipher.final()]).toString('utf8');
  }

  private keyOf(subject: string): Buffer {
    return deriveKey(this.secret, `vault:${subject}`);
  }
}

function entryKey({ subject, token, field }: Pick<PersonalValue, 'subject' | 'token' | 'field'>) {
  return `${subject}\0${token}\0${field}`;
}

function unavailable(error: unknown): CodedError {
  return new CodedError('store_unavailable', 'The control database does not answer.', {
    cause: error,
  });
}
