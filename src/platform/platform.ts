/**
 * The platform: configuration, stores, keys and clocks, opened in order and closed in reverse.
 * Everything above is given one of these; nothing above opens a store itself.
 */
import { randomBytes } from 'node:crypto';
import { ApiKeys } from './auth/api-keys.js';
import { openAnnouncements, type Announcements } from './cache/announcements.js';
import { openCache, type Cache } from './cache/cache.js';
import { Clock } from './clock/clock.js';
import { AppConfig } from './config/config.js';
import { ADVISORY_LOCKS, ControlDb } from './control-db/control-db.js';
import { claimDataDir } from './data-dir.js';
import { RateLimits } from './limits/rate-limits.js';
import { createLogger, type Logger } from './logging/logger.js';
import { openValidationLog } from './logging/validation-log.js';
import { Telemetry } from './telemetry/telemetry.js';
import { deriveKey, loadSecret } from './vault/secret.js';
import { openInstallation } from './vault/installation.js';
import { Tokeniser } from './vault/tokeniser.js';
import { Vault } from './vault/vault.js';
import { migrateWarehouse } from './warehouse/migrate.js';
import { Warehouse } from './warehouse/warehouse.js';
import { WorkerPool } from './workers/worker-pool.js';

export interface Platform {
  config: AppConfig;
  logger: Logger;
  validationLog: Logger;
  clock: Clock;
  telemetry: Telemetry;
  controlDb: ControlDb;
  warehouse: Warehouse;
  cache: Cache;
  announcements: Announcements;
  workers: WorkerPool;
  rateLimits: RateLimits;
  apiKeys: ApiKeys;
  vault: Vault;
  tokeniser: Tokeniser;
  /** The command line's key to this process; it lives as long as the process. */
  localToken: string;
  close: () => Promise<void>;
}

/** Opens and migrates every store. Throws an error that says which store and what to do. */
export async function openPlatform(config: AppConfig): Promise<Platform> {
  const closers: (() => void | Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    closers.push(claimDataDir(config.dataDir));
    const logger = createLogger(config.logLevel);
    const validationLog = openValidationLog(config.dataDir);
    const clock = new Clock();
    const secret = await loadSecret(config.secret, config.dataDir);
    const controlDb = await ControlDb.open(config);
    closers.push(() => controlDb.close());
    const warehouse = await Warehouse.open({ ...config, memoryMb: config.warehouseMemoryMb });
    closers.push(() => warehouse.close());
    await migrateStores(controlDb, warehouse);
    const installation = await openInstallation(controlDb.dataSource, secret);
    const cache = openCache(config.redisUrl, installation.cache_prefix, logger);
    closers.push(() => cache.close());
    const announcements = openAnnouncements(config.redisUrl, installation.cache_prefix, logger);
    closers.push(() => announcements.close());
    const workers = new WorkerPool();
    closers.push(() => workers.close());
    const telemetry = new Telemetry();
    const limits = { ...config, prefix: installation.cache_prefix };
    const addressKey = deriveKey(secret, 'addresses');
    const rateLimits = new RateLimits({ ...limits, secret: addressKey }, telemetry);
    closers.push(() => rateLimits.close());
    return {
      config,
      logger,
      validationLog,
      clock,
      telemetry,
      controlDb,
      warehouse,
      cache,
      announcements,
      workers,
      rateLimits,
      apiKeys: new ApiKeys(controlDb.dataSource, clock),
      vault: new Vault(controlDb.dataSource, secret),
      tokeniser: new Tokeniser(deriveKey(secret, 'tokens')),
      localToken: randomBytes(32).toString('base64url'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Both schemas, under the control database's lock: two services that start take turns. */
async function migrateStores(controlDb: ControlDb, warehouse: Warehouse): Promise<void> {
  await controlDb.migrate();
  await controlDb.withAdvisoryLock(ADVISORY_LOCKS.migrations, async () => {
    await migrateWarehouse(warehouse);
  });
}
