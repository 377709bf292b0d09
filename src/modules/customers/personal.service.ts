/**
 * The personal values of a customer, from the vault: for keys with `pii:read` only, and written to
 * the audit log before they are shown. Never cached.
 */
import { Injectable } from '@nestjs/common';
import { hasScope } from '../../contracts/scopes.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import type { AuditLog } from '../../platform/auth/audit-log.js';
import type { Vault } from '../../platform/vault/vault.js';
import type { PersonalField } from './story.types.js';

const MAX_FIELDS = 100;

@Injectable()
export class PersonalService {
  constructor(
    private readonly vault: Vault,
    private readonly audit: AuditLog,
  ) {}

  /** Null without the scope. Each value once, wherever it stood. */
  async personal(
    customerId: string,
    { name, scopes }: Pick<Caller, 'name' | 'scopes'>,
  ): Promise<PersonalField[] | null> {
    if (!hasScope(scopes, 'pii:read')) return null;
    await this.audit.record(name, 'read personal data', `customer ${customerId}`);
    const values = await this.vault.open(customerId);
    const fields = values
      .map(({ kind, field, value }) => ({ kind, field, value }))
      .sort((one, other) => (sortKey(one) < sortKey(other) ? -1 : 1));
    const distinct = new Map(fields.map((field) => [`${field.kind}\0${field.value}`, field]));
    return [...distinct.values()].slice(0, MAX_FIELDS);
  }
}

const sortKey = ({ kind, field, value }: PersonalField) => `${kind}\0${field}\0${value}`;
