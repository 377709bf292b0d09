/** When an event was last stored. The parts' own minimum and maximum answer it; no row is read. */
import { readFileSync } from 'node:fs';
import { fromEngineInstant, type Warehouse } from '../platform/warehouse/warehouse.js';

const LAST_EVENT = readFileSync(new URL('queries/last_event.sql', import.meta.url), 'utf8');

/** Null if none ever was. */
export async function lastEventAt(warehouse: Warehouse): Promise<Date | null> {
  const { loaded_at: at, events } = await warehouse.queryOne<{
    loaded_at: string;
    events: string;
  }>('reader', LAST_EVENT);
  return events === '0' ? null : fromEngineInstant(at);
}
