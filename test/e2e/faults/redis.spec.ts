/**
 * Redis dies under load and comes back empty, then is emptied: it holds what can be counted or
 * computed again, so no event post fails of it, and the answers stay right.
 */
import { Redis } from 'ioredis';
import { findProgram, requireOrSkip } from '../../support/optional.js';
import { startRedis, type PrivateRedis } from '../../support/redis.js';
import { orderCompleted, startTestService, type TestService } from '../../support/service.js';
import { closeAfterAll } from '../../support/stores.js';
import { expectBalanced } from './balance.js';

const program = findProgram('redis-server');
const POSTS = 25;
const AT = '2026-02-03T04:05:06.000Z';
const PRICE = 10;

const describeIf = requireOrSkip('redis faults', program !== null, 'redis-server not found')
  ? describe
  : describe.skip;

describeIf('a cache that is killed, restarted and emptied', () => {
  const sent: string[] = [];
  const acknowledged: string[] = [];
  const statuses = new Map<number, number>();
  let redis: PrivateRedis;
  let service: TestService;
  let writeKey: string;
  let readKey: string;

  beforeAll(async () => {
    redis = await startRedis(program!);
    closeAfterAll(() => redis.kill());
    service = await startTestService({ redisUrl: redis.url });
    writeKey = await service.key('events:write');
    readKey = await service.key('sales:read');
  });

  /** Posts orders while `work` is under way, and after. */
  async function postAround(name: string, work: () => Promise<unknown>): Promise<void> {
    const post = async (index: number) => {
      const event = orderCompleted(`${name}-${index}`, { at: AT, price: PRICE });
      const id = String(event['messageId']);
      sent.push(id);
      const { status } = await service.post('/v1/track', event, writeKey);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 200) acknowledged.push(id);
    };
    const working = work();
    for (let index = 0; index < POSTS; index += 1) await post(index);
    await working;
    await Promise.all(Array.from({ length: POSTS }, (_, index) => post(POSTS + index)));
  }

  async function ordersOf(): Promise<[number, string]> {
    const query = 'metrics=orders,gross_sales&from=2026-02-01&to=2026-02-05&compare=none';
    const answer = await service.get(`/api/v1/sales/summary?${query}`, readKey);
    type Values = Record<'orders' | 'gross_sales', { value: string }>;
    const { data } = (await answer.json()) as { data: Values };
    return [Number(data.orders.value), data.gross_sales.value];
  }

  async function emptyRedis(): Promise<void> {
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
  }

  const expectAnswers = async (orders: number) => {
    const [count, gross] = await ordersOf();
    expect([count, Number(gross)]).toEqual([orders, orders * PRICE]);
  };

  it('fails no post, and every answer is right', async () => {
    await postAround('up', async () => undefined);
    expect((await service.run('streaming')).status).toBe('published');
    await expectAnswers(2 * POSTS);
    await postAround('killed', () => redis.kill());
    await expectAnswers(2 * POSTS);
    expect((await service.run('streaming')).status).toBe('published');
    await expectAnswers(4 * POSTS);
    await postAround('restarted', () => redis.start());
    await expectAnswers(4 * POSTS);
    await postAround('emptied', emptyRedis);
    expect((await service.run('streaming')).status).toBe('published');
    await expectAnswers(8 * POSTS);
    await expectBalanced('Redis killed and emptied', service.platform.warehouse, {
      sent,
      acknowledged,
    });
    expect(Object.fromEntries(statuses)).toEqual({ 200: sent.length });
  });
});
