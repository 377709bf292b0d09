/** A whole service over real stores for end-to-end specs: real HTTP on a free loopback port. */
import { startService, type Service } from '../../src/main.js';
import { AppConfig } from '../../src/platform/config/config.js';
import type { PipelineRun } from '../../src/platform/control-db/entities/pipeline.entities.js';
import type { JsonObject } from '../../src/contracts/json.js';
import { closeAfterAll, createTestDatabase, temporaryFolder } from './stores.js';

export interface TestService extends Service {
  /** A key with these scopes. */
  key(...scopes: string[]): Promise<string>;
  /** Posts to the collector with a write key. */
  post(path: string, body: unknown, key: string): Promise<Response>;
  /** Reads an API path with a bearer key. */
  get(path: string, key: string): Promise<Response>;
  /** Runs a schedule, a model or, if nothing is named, the whole pipeline. */
  run(target?: string): Promise<PipelineRun>;
}

let names = 0;

/** Starts a service that ticks only when asked; it is stopped after the spec. */
export async function startTestService(
  overrides: Parameters<typeof AppConfig.load>[0] = {},
): Promise<TestService> {
  const service = await startService(
    AppConfig.load(
      {
        port: '0',
        dataDir: temporaryFolder(),
        databaseUrl: await createTestDatabase(),
        schedules: 'off',
        logLevel: process.env['TEST_LOG_LEVEL'] ?? 'silent',
        ...overrides,
      },
      {},
    ),
  );
  closeAfterAll(() => service.stop());
  return {
    ...service,
    key: (...scopes) => createKey(service, scopes),
    post: (path, body, key) => post(service, path, body, key),
    get: (path, key) =>
      fetch(`${service.url}${path}`, { headers: { authorization: `Bearer ${key}` } }),
    run: (target = 'all') => runTarget(service, target),
  };
}

async function createKey(service: Service, scopes: string[]): Promise<string> {
  names += 1;
  const { key } = await service.platform.apiKeys.create(`test-${names}`, scopes, 'web');
  return key;
}

async function post(service: Service, path: string, body: unknown, key: string) {
  return fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}`,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function runTarget(service: Service, target: string): Promise<PipelineRun> {
  const { Runner } = await import('../../src/analytics/index.js');
  return service.app.get(Runner).run({ target, trigger: 'request' });
}

/** An Order Completed event with one line. */
export function orderCompleted(
  orderId: string,
  given: { at: string; price?: number; quantity?: number; properties?: JsonObject; user?: string },
): JsonObject {
  const { price = 10, quantity = 1 } = given;
  return {
    type: 'track',
    event: 'Order Completed',
    messageId: `order-${orderId}`,
    anonymousId: `visitor-${orderId}`,
    ...(given.user ? { userId: given.user } : {}),
    timestamp: given.at,
    properties: {
      order_id: orderId,
      currency: 'USD',
      products: [{ product_id: 'p1', name: 'Mug', category: 'Kitchen', price, quantity }],
      ...given.properties,
    },
  };
}
