/** The warehouse behind CLICKHOUSE_URL. */
import { createClient, type ClickHouseClient } from '@clickhouse/client';
import {
  CONNECTIONS,
  MAX_EXECUTION_SECONDS,
  sessionSettings,
  type Engine,
  type Role,
} from './connections.js';

/** The client waits a little longer than the engine, so that the engine's own word arrives. */
const GRACE_SECONDS = 5;
const LOG_OFF = 127;

export function openUrlEngine(url: string): Engine {
  const connect = (role: Role): ClickHouseClient =>
    createClient({
      url,
      application: 'cartograph',
      max_open_connections: CONNECTIONS[role],
      request_timeout: (MAX_EXECUTION_SECONDS[role] + GRACE_SECONDS) * 1000,
      clickhouse_settings: { ...sessionSettings(role), wait_end_of_query: 1 },
      log: { level: LOG_OFF },
    });
  const clients = {
    writer: [connect('writer')],
    reader: [connect('reader')],
    pipeline: [connect('pipeline')],
    health: [connect('health')],
  };
  return { clients, close: async () => undefined };
}
