import type { TestService } from '../../support/service.js';
import { orderCompleted, startTestService } from '../../support/service.js';
import { ask, type SummaryReply } from './client.js';

const DEADLINE_MS = 30_000;
const POLL_MS = 50;

/** Reads until all is in the answer that was acknowledged, and the answer says so. */
async function readUntil(service: TestService, key: string, orders: number, acknowledged: number) {
  const deadline = Date.now() + DEADLINE_MS;
  const given = { metrics: 'orders', compare: 'none' };
  for (;;) {
    const { data, meta } = await ask<SummaryReply>(service, key, 'summary', given);
    const asOf = meta.asOf === null ? 0 : Date.parse(meta.asOf);
    // asOf may trail what is shown, but must never run ahead of it.
    const value = Number(data['orders']!.value);
    if (asOf > acknowledged) expect(value).toBe(orders);
    if (value === orders && asOf > acknowledged) return asOf;
    if (Date.now() > deadline) throw new Error(`${value} orders as of ${meta.asOf}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

it('an order becomes visible without a call to run, and asOf moves on', async () => {
  const service = await startTestService({ schedules: 'on', streamingIntervalMs: '200' });
  const writeKey = await service.key('events:write');
  const readKey = await service.key('sales:read');
  let asOf = 0;
  for (const order of [1, 2]) {
    const event = orderCompleted(`live-${order}`, { at: new Date().toISOString() });
    const response = await service.post('/v1/track', event, writeKey);
    expect(response.status).toBe(200);
    const newer = await readUntil(service, readKey, order, Date.now());
    expect(newer).toBeGreaterThan(asOf);
    asOf = newer;
  }
});
