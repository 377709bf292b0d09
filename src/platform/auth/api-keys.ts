/**
 * API keys: made once, kept as SHA-256 digests, looked up through a short bounded cache.
 * Everybody who has a key in hand asks here what it may do.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { IsNull, type DataSource, type EntityManager } from 'typeorm';
import { CodedError } from '../../contracts/errors.js';
import { scopeProblem, type Scope } from '../../contracts/scopes.js';
import type { Clock } from '../clock/clock.js';
import { ApiKey } from '../control-db/entities/api-key.entity.js';

/** How long a revoked key may go on working in another process. */
export const KEY_CACHE_TTL_MS = 5_000;
const KEY_CACHE_ENTRIES = 10_000;
const KEY_BYTES = 24;
const NAME = /^[\w .:-]{1,100}$/;
const ORIGIN = /^https?:\/\/(\*\.)?[a-z0-9.-]+(:\d{1,5})?$/;
const ORIGINS_MAX = 50;
const UNIQUE_VIOLATION = '23505';

/** Who calls: the name, the scopes and the source that the key stands for. */
export interface Caller {
  keyId: string;
  name: string;
  scopes: readonly Scope[];
  source: string;
  /** Origins of the pages that may use it; empty if any sender may. */
  origins: readonly string[];
  /** When it stops working, in milliseconds since 1970. */
  expiresAt: number;
}

export interface KeyDescription {
  name: string;
  scopes: Scope[];
  source: string;
  origins: string[];
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
}

type KeptKey = Pick<ApiKey, 'name' | 'scopes' | 'source' | 'allowedOrigins'>;

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
  async create(
    name: string,
    scopes: string[],
    source = name,
    origins: string[] = [],
  ): Promise<{ key: string }> {
    if (!NAME.test(name) || !NAME.test(source)) {
      throw new CodedError(
        'invalid_parameter',
        'A key’s name and source have 1 to 100 letters, digits, spaces, dots, colons or dashes.',
      );
    }
    const problem = scopeProblem(scopes);
    if (problem) throw new CodedError('invalid_scopes', problem);
    requireOrigins(origins, scopes);
    const key = newKey();
    const kept = { name, source, scopes: scopes as Scope[], allowedOrigins: origins };
    await this.insert(this.repository.manager, kept, key);
    this.forgetKnown();
    return { key };
  }

  /**
   * Makes a successor of the live key of this name, alike in all but the key itself. The old one
   * goes on working for `overlapMs`, so that nobody is cut off. Throws `not_found`.
   */
  async rotate(name: string, overlapMs: number): Promise<{ key: string; oldExpiresAt: Date }> {
    const key = newKey();
    const oldExpiresAt = new Date(this.clock.now().getTime() + overlapMs);
    await orUnavailable(
      this.dataSource.transaction(async (manager) => {
        const live = { name, revokedAt: IsNull(), expiresAt: IsNull() };
        const lock = { mode: 'pessimistic_write' } as const;
        const old = NAME.test(name) ? await manager.findOne(ApiKey, { where: live, lock }) : null;
        if (!old) throw new CodedError('not_found', `No live key is named ${name}.`);
        await manager.update(ApiKey, { id: old.id }, { expiresAt: oldExpiresAt });
        await this.insert(manager, old, key);
      }),
    );
    this.forgetKnown();
    return { key, oldExpiresAt };
  }

  private async insert(
    manager: EntityManager,
    { name, scopes, source, allowedOrigins }: KeptKey,
    key: string,
  ): Promise<void> {
    const row = { name, scopes, source, allowedOrigins, digest: digest(key) };
    const createdAt = this.clock.now();
    try {
      await manager.insert(ApiKey, { ...row, createdAt, revokedAt: null, expiresAt: null });
    } catch (error) {
      if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw unavailable(error);
      throw new CodedError('key_exists', `A live key is named ${name}.`);
    }
  }

  async list(): Promise<KeyDescription[]> {
    const keys = await orUnavailable(this.repository.find({ order: { createdAt: 'ASC' } }));
    return keys.map(({ name, scopes, source, allowedOrigins, ...times }) => ({
      name,
      scopes,
      source,
      origins: allowedOrigins,
      created_at: times.createdAt.toISOString(),
      expires_at: times.expiresAt?.toISOString() ?? null,
      revoked_at: times.revokedAt?.toISOString() ?? null,
    }));
  }

  /** Ends every live key of this name; they stop working here at once. Throws `store_unavailable`. */
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
    if (cached) return this.unlessExpired(cached.caller);
    const { generation } = this;
    const found = await this.lookUp(sha256);
    if (generation === this.generation) this.known.set(cacheKey, { caller: found });
    return this.unlessExpired(found);
  }

  private unlessExpired(caller: Caller | null): Caller | null {
    return caller && caller.expiresAt > this.clock.now().getTime() ? caller : null;
  }

  private async lookUp(sha256: Buffer): Promise<Caller | null> {
    const key = await orUnavailable(
      this.repository.findOneBy({ digest: sha256, revokedAt: IsNull() }),
    );
    // The index compares in its own time; what it found is compared again in constant time.
    if (!key || !timingSafeEqual(key.digest, sha256)) return null;
    const { id: keyId, name, scopes, source, allowedOrigins: origins } = key;
    const expiresAt = key.expiresAt?.getTime() ?? Number.POSITIVE_INFINITY;
    return { keyId, name, scopes, source, origins, expiresAt };
  }

  private forgetKnown(): void {
    this.generation += 1;
    this.known.clear();
  }

  private get repository() {
    return this.dataSource.getRepository(ApiKey);
  }
}

function newKey(): string {
  return `ck_${randomBytes(KEY_BYTES).toString('base64url')}`;
}

/** Origins as browsers write them: `https://shop.example`, or `https://*.shop.example`. */
function requireOrigins(origins: readonly string[], scopes: readonly string[]): void {
  const wrong = origins.find((origin) => !ORIGIN.test(origin));
  if (wrong !== undefined || origins.length > ORIGINS_MAX) {
    throw new CodedError(
      'invalid_parameter',
      `Origins are at most ${ORIGINS_MAX}, such as https://shop.example or https://*.shop.example.`,
    );
  }
  if (origins.length > 0 && !scopes.includes('events:write')) {
    throw new CodedError('invalid_parameter', 'Only keys with events:write are bound to origins.');
  }
}

function digest(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof CodedError ? error : unavailable(error);
  });
}

function unavailable(error: unknown): CodedError {
  return new CodedError('store_unavailable', 'The control database does not answer.', {
    cause: error,
  });
}
