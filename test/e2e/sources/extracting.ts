/** A service that extracts from a shop's database when it is told to, and what came of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/contracts/json.js';
import type { LoadCounts } from '../../../src/platform/control-db/entities/source.entities.js';
import { startTestService, type TestService } from '../../support/service.js';
import { until } from '../../support/spawned-service.js';
import { createTestDatabase, temporaryFolder } from '../../support/stores.js';

const SHIPPED = new URL('../../../mappings/oneshop.yml', import.meta.url);

export const shippedMapping = () => readFileSync(SHIPPED, 'utf8');

export interface LoadView {
  id: string;
  status: 'running' | 'done' | 'failed';
  counts: LoadCounts;
  error: { code: string; detail: string } | null;
}

export interface Rejected {
  line: number;
  field: string;
  code: string;
  detail: string;
}

/** Counts of which those that are not given are 0. */
export const counts = (given: Partial<LoadCounts>): LoadCounts => ({
  ...{ read: 0, loaded: 0, ignored: 0, rejected: 0, unchanged: 0 },
  ...given,
});

export interface OpenOptions {
  /** The mapping as YAML; the shipped one unless given. */
  mapping?: string;
  /** Another way to the shop's database. */
  url?: string;
}

export class ExtractingService {
  private constructor(
    private readonly stores: { shopUrl: string; dataDir: string; databaseUrl: string },
    public service: TestService,
    private key: string,
  ) {}

  static async open(shopUrl: string, options: OpenOptions = {}): Promise<ExtractingService> {
    const dataDir = temporaryFolder();
    const stores = { shopUrl, dataDir, databaseUrl: await createTestDatabase() };
    const { service, key } = await start(stores, options);
    return new ExtractingService(stores, service, key);
  }

  /** One process can hold one warehouse: stop it before the next is opened. */
  stop(): Promise<void> {
    return this.service.stop();
  }

  /** The same stores under a new process's memory, and perhaps with another mapping. */
  async restart(options: OpenOptions = {}): Promise<void> {
    await this.stop();
    Object.assign(this, await start(this.stores, options));
  }

  /** The `data` of an answer of the API. */
  async api<Data>(method: 'GET' | 'POST', path: string, body?: object): Promise<Data> {
    const response = await this.request(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text}`);
    return (JSON.parse(text) as { data: Data }).data;
  }

  request(method: 'GET' | 'POST', path: string, body?: object): Promise<Response> {
    return fetch(`${this.service.url}/api/v1/pipelines/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  }

  /** Extracts and follows it to its end, however that is. */
  async tryExtract(options: { full?: boolean; deletions?: boolean } = {}): Promise<LoadView> {
    const { id } = await this.api<LoadView>('POST', 'extractions', options);
    return until(async () => {
      const load = await this.api<LoadView>('GET', `loads/${id}`);
      return load.status === 'running' ? undefined : load;
    });
  }

  /** Extracts; answers with the counts. */
  async extract(options: { full?: boolean; deletions?: boolean } = {}): Promise<LoadCounts> {
    const load = await this.tryExtract(options);
    expect(load).toMatchObject({ status: 'done', error: null });
    return load.counts;
  }

  /** Runs all models. */
  async run(): Promise<void> {
    expect((await this.service.run('streaming')).status).toBe('published');
  }

  rows<Row>(sql: string): Promise<Row[]> {
    return this.service.platform.warehouse.query<Row>('pipeline', sql);
  }

  /** How far a table has been read. */
  async checkpoint(table: string, member: 'phase' | 'since' | 'after'): Promise<string | null> {
    const [found] = await this.service.platform.controlDb.dataSource.query<{ at: string }[]>(
      'select position ->> $2 as at from source_checkpoints where table_name = $1',
      [table, member],
    );
    return found?.at ?? null;
  }

  /** The ids of the records of an entity, those included that are marked as deleted. */
  async recordIds(entity: string): Promise<string[]> {
    const found = await this.rows<{ id: string }>(
      `select distinct record_id as id from bronze.records where entity = '${entity}' order by id`,
    );
    return found.map(({ id }) => id);
  }

  async orderIds(): Promise<string[]> {
    const sql = 'select order_id from gold.fct_orders order by order_id';
    return (await this.rows<{ order_id: string }>(sql)).map(({ order_id }) => order_id);
  }

  /** Sends one event through the collector. */
  async send(event: JsonObject): Promise<void> {
    const writeKey = await this.service.key('events:write');
    const response = await this.service.post('/v1/batch', { batch: [event] }, writeKey);
    expect(await response.json()).toMatchObject({ accepted: 1, rejected: 0 });
  }
}

async function start(
  { shopUrl, dataDir, databaseUrl }: { shopUrl: string; dataDir: string; databaseUrl: string },
  { mapping, url }: OpenOptions,
): Promise<{ service: TestService; key: string }> {
  const shopMapping = join(dataDir, 'mapping.yml');
  writeFileSync(shopMapping, mapping ?? shippedMapping());
  const shopDatabaseUrl = url ?? shopUrl;
  const service = await startTestService({ dataDir, databaseUrl, shopDatabaseUrl, shopMapping });
  return { service, key: await service.key('pipelines:run', 'pii:read', 'sales:read') };
}
