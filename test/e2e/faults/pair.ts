/** Two services, each with a directory of its own, on one control database and one warehouse. */
import { ControlDb } from '../../../src/platform/control-db/control-db.js';
import { Warehouse } from '../../../src/platform/warehouse/warehouse.js';
import { startClickHouseHttp } from '../../support/clickhouse-http/start.js';
import { startStatementProxy, type StatementProxy } from '../../support/statement-proxy.js';
import { dataDirectory, spawnService, until } from '../../support/spawned-service.js';
import type { SpawnedService } from '../../support/spawned-service.js';
import { closeAfterAll, createTestDatabase, temporaryFolder } from '../../support/stores.js';

const SECRET = 'a secret that both services share, as they must';
const MEMORY_MB = 800;

export interface Member {
  name: string;
  service: SpawnedService;
  /** Before the warehouse, for this service alone. */
  proxy: StatementProxy;
}

export interface Epoch {
  epoch: number;
  leader: Member;
}

export interface Pair {
  members: [Member, Member];
  controlDb: ControlDb;
  warehouse: Warehouse;
  /** The newest leadership. */
  newest(): Promise<Epoch>;
  other(member: Member): Member;
}

export async function startPair(environment: Record<string, string>): Promise<Pair> {
  const http = await startClickHouseHttp();
  closeAfterAll(() => http.stop());
  const databaseUrl = await createTestDatabase();
  const start = async (name: string): Promise<Member> => {
    const proxy = await startStatementProxy(http.url);
    const service = await spawnService(dataDirectory(), {
      DATABASE_URL: databaseUrl,
      CLICKHOUSE_URL: proxy.url,
      CARTOGRAPH_SECRET: SECRET,
      LOG_LEVEL: 'error',
      ...environment,
    });
    return { name, service, proxy };
  };
  const members = await Promise.all([start('one'), start('two')]);
  const controlDb = await ControlDb.open({ databaseUrl, dataDir: temporaryFolder() });
  closeAfterAll(() => controlDb.close());
  const warehouse = await Warehouse.open({
    ...{ clickhouseUrl: http.url, dataDir: temporaryFolder(), memoryMb: MEMORY_MB },
  });
  closeAfterAll(() => warehouse.close());
  return {
    members,
    controlDb,
    warehouse,
    newest: async () => {
      const [row] = await controlDb.dataSource.query<{ id: string; instance: string }[]>(
        'select id, instance from leader_epochs order by id desc limit 1',
      );
      const leader = members.find(({ service }) => row!.instance.endsWith(`/${service.pid}`))!;
      return { epoch: Number(row!.id), leader };
    },
    other: (member) => members.find((one) => one !== member)!,
  };
}

/** Waits until another service leads than the one of `before`; answers with its leadership. */
export function takenOver(pair: Pair, before: Epoch): Promise<Epoch> {
  return until(async () => {
    const now = await pair.newest();
    return now.leader === before.leader ? undefined : now;
  });
}

/** Ticks and runs that were recorded, by the service that did them and its epoch. */
export async function countTicks({ members, controlDb }: Pair): Promise<Record<string, number>> {
  const rows = await controlDb.dataSource.query<{ id: string; instance: string; n: number }[]>(
    `select e.id, e.instance, coalesce(sum(r.ticks), 0)::integer as n
     from leader_epochs as e left join pipeline_runs as r on r.epoch = e.id
     group by e.id, e.instance order by e.id`,
  );
  const nameOf = (instance: string) =>
    members.find(({ service }) => instance.endsWith(`/${service.pid}`))!.name;
  return Object.fromEntries(
    rows.map(({ id, instance, n }) => [`ticks of ${nameOf(instance)} in epoch ${id}`, n]),
  );
}

/** No stage stands and no publish is open, as soon as no run is under way. */
export async function expectNothingLeftOver({ controlDb, warehouse }: Pair): Promise<void> {
  const leftOver = async () => [
    ...(await controlDb.dataSource.query<object[]>(
      `select model, partition from publish_log where status = 'publishing'`,
    )),
    ...(await warehouse.query<object>(
      'reader',
      `select name from system.tables where database = 'stage'`,
    )),
  ];
  await until(async () => ((await leftOver()).length === 0 ? true : undefined)).catch(async () =>
    expect(await leftOver()).toEqual([]),
  );
}
