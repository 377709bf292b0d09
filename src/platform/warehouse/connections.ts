/** What both engines share: connections by role, and the settings given once to each. */
import type { ClickHouseClient } from '@clickhouse/client';

/** One connection serialises its statements, so who must not wait for whom has its own. */
export type Role = 'writer' | 'reader' | 'pipeline' | 'health';

export const CONNECTIONS: Record<Role, number> = {
  writer: 1,
  reader: 2,
  pipeline: 2,
  health: 1,
};

/** The longest a statement of the role may run, in seconds; a bronze insert is a writer's. */
export const MAX_EXECUTION_SECONDS: Record<Role, number> = {
  writer: 30,
  reader: 30,
  pipeline: 900,
  health: 5,
};

export interface Engine {
  clients: Record<Role, ClickHouseClient[]>;
  close: () => Promise<void>;
}

/** What never varies. */
export function sessionSettings(role: Role): Record<string, number | string> {
  return {
    output_format_json_quote_decimals: 1,
    output_format_json_quote_64bit_integers: 1,
    date_time_input_format: 'best_effort',
    join_use_nulls: 1,
    async_insert: 0,
    max_execution_time: MAX_EXECUTION_SECONDS[role],
    session_timezone: 'UTC',
  };
}

/** For the engine in this process; a server has limits of its own. Beyond a quarter it spills. */
export function memorySettings(memoryMb: number): Record<string, number> {
  const memoryBytes = memoryMb * 1024 * 1024;
  return {
    max_memory_usage: Math.floor(memoryBytes * 0.75),
    max_bytes_before_external_group_by: Math.floor(memoryBytes / 4),
    max_bytes_before_external_sort: Math.floor(memoryBytes / 4),
  };
}
