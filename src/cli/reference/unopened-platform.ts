/** A platform whose stores are never opened: enough to wire the application and describe it. */
import { AppConfig } from '../../platform/config/config.js';
import { Clock } from '../../platform/clock/clock.js';
import { createLogger } from '../../platform/logging/logger.js';
import type { Platform } from '../../platform/platform.js';
import { Telemetry } from '../../platform/telemetry/telemetry.js';

export function unopenedPlatform(): Platform {
  const described: Partial<Platform> = {
    config: AppConfig.load({ schedules: 'off' }, {}),
    logger: createLogger('error'),
    clock: new Clock(),
    telemetry: new Telemetry(),
    localToken: '',
    close: async () => undefined,
  };
  const stores = ['controlDb', 'warehouse', 'cache', 'apiKeys', 'vault', 'tokeniser'];
  const unopened = Object.fromEntries(stores.map((name) => [name, {}]));
  return { ...unopened, ...described } as Platform;
}
