/** Asks the stores how they are. */
import { Injectable } from '@nestjs/common';
import type { Cache } from '../../platform/cache/cache.js';
import type { ControlDb } from '../../platform/control-db/control-db.js';
import type { Telemetry } from '../../platform/telemetry/telemetry.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';

export type StoreState = 'up' | 'down';

export interface Readiness {
  status: 'ready' | 'unavailable';
  stores: Record<'control_database' | 'warehouse' | 'cache', StoreState>;
}

const PING_TIMEOUT_MS = 2_000;

@Injectable()
export class HealthService {
  private asking: Promise<Readiness> | null = null;

  constructor(
    private readonly controlDb: ControlDb,
    private readonly warehouse: Warehouse,
    private readonly cache: Cache,
    private readonly telemetry: Telemetry,
  ) {}

  /** A cache that is down is a miss, so it does not make the service unavailable. */
  readiness(): Promise<Readiness> {
    // Anybody may ask, so all who ask meanwhile share one answer.
    this.asking ??= this.ask().finally(() => (this.asking = null));
    return this.asking;
  }

  private async ask(): Promise<Readiness> {
    const [controlDatabase, warehouse, cache] = await Promise.all([
      stateOf(this.controlDb.ping()),
      stateOf(this.warehouse.ping()),
      stateOf(this.cache.ping()),
    ]);
    const isReady = controlDatabase === 'up' && warehouse === 'up';
    return {
      status: isReady ? 'ready' : 'unavailable',
      stores: { control_database: controlDatabase, warehouse, cache },
    };
  }

  async metrics(): Promise<{ contentType: string; text: string }> {
    const { registry } = this.telemetry;
    return { contentType: registry.contentType, text: await registry.metrics() };
  }
}

async function stateOf(ping: Promise<void>): Promise<StoreState> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<StoreState>((resolve) => {
    timer = setTimeout(() => resolve('down'), PING_TIMEOUT_MS);
  });
  const answer = ping.then(
    () => 'up' as const,
    () => 'down' as const,
  );
  return Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
}
