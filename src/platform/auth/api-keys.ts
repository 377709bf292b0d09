/**
 * API keys: made once, kept as SHA-256 digests, looked up through a short bounded cache.
 * Everybody who has a key in hand asks here what it may do.
 */
import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { IsNull, type DataSource } from 'typeorm';
import { CodedError } from '../../contracts/errors.js';
import { scopeProblem, type Scope } from '../../contracts/scopes.js';
import type { Clock } from '../clock/clock.js';
import { ApiKey } from '../control-db/entities/api-key.entity.js';

/** How long a revoked key may go on working in another process. */
export const KEY_CACHE_TTL_MS = 5_000;
const KEY_CACHE_ENTRIES = 10_000;
const KEY_BYTES = 24;
const NAME = /^[\w .:-]{1,100}$/;
const UNIQUE_VIOLATION = '23505';

/** Who calls: the name, the scopes and the source that the key stands for. */
export interface Caller {
  keyId: string;
  name: string;
  scopes: readonly Scope[];
  source: string;
}

export interface KeyDescription {
  name: string;
  scopes: Scope[];
  source: string;
  created_at: string;
  revoked_at: string | null;
}

export class ApiKeys {
  private readonly known = new LRUCache<string, { caller: Caller | null }>({
    max: KEY_CACHE_ENTRIES,
    ttl: KEY_CACHE_TTL_MS,
  });
  /** Rises with each change, so that a look-up under way meanwhile is not remembered. */
  private generation = 0;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  /** Makes a key and answers with it; it cannot be shown again. */
  async create(name: string, scopes: string[], source = name): Promise<{ key: string }> {
    if (!NAME.test(name) || !NAME.test(source)) {
      throw new CodedError(
        'invalid_parameter',
        'A key’s name and source have 1 to 100 letters, digits, spaces, dots, colons or dashes.',
      );
    }
    const problem = scopeProblem(scopes);
    if (problem) throw new CodedError('invalid_scopes', problem);
    const key = `ck_${randomBytes(KEY_BYTES).toString('base64url')}`;
    try {
      await this.repository.insert({
        name,
        digest: digest(key),
        scopes: scopes as Scope[],
        source,
        createdAt: this.clock.now(),
        revokedAt: null,
      });
    } catch (error) {
      if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw unavailable(error);
      throw new CodedError('key_exists', `A live key is named ${name}.`);
    }
    this.forgetKnown();
    return { key };
  }

  async list(): Promise<KeyDescription[]> {
    const keys = await orUnavailable(this.repository.find({ order: { createdAt: 'ASC' } }));
    return keys.map(({ name, scopes, source, createdAt, revokedAt }) => ({
      name,
      scopes,
      source,
      created_at: createdAt.toISOString(),
      revoked_at: revokedAt?.toISOString() ?? null,
    }));
  }

  /** Ends the live key of this name; it stops working here at once. Throws `store_unavailable`. */
  async revoke(name: string): Promise<void> {
    const revokedAt = this.clock.now();
    // No key has a name of another form, and PostgreSQL would not even take one with a NUL.
    const result = NAME.test(name)
      ? await orUnavailable(this.repository.update({ name, revokedAt: IsNull() }, { revokedAt }))
      : { affected: 0 };
    this.forgetKnown();
    if (result.affected === 0) throw new CodedError('not_found', `No live key is named ${name}.`);
  }

  /** The caller behind a key, or null if there is none. Throws `store_unavailable`. */
  async find(key: string): Promise<Caller | null> {
    const sha256 = digest(key);
    const cacheKey = sha256.toString('base64');
    const cached = this.known.get(cacheKey);
    if (cached) return cached.caller;
    const { generation } = this;
    const found = await this.lookUp(sha256);
    if (generation === this.generation) this.known.set(cacheKey, { caller: found });
    return found;
  }

  private async lookUp(sha256: Buffer): Promise<Caller | null> {
    const key = await orUnavailable(
      this.repository.findOneBy({ digest: sha256, revokedAt: IsNull() }),
    );
    if (!key) return null;
    return { keyId: key.id, name: key.name, scopes: key.scopes, source: key.source };
  }

  private forgetKnown(): void {
    this.generation += 1;
    this.known.clear();
  }

  private get repository() {
    return this.dataSource.getRepository(ApiKey);
  }
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw unavailable(error);
  });
}

function unavailable(error: unknown): CodedError {
  return new CodedError('store_unavailable', 'The control database does not answer.', {
    cause: error,
  });
}
