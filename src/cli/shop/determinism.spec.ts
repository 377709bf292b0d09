import { createHash } from 'node:crypto';
import { liveTraffic } from './live-traffic.js';
import { ShopSimulation, type SimulationOptions } from './simulation.js';

const week: SimulationOptions = { seed: 11, days: 7, until: '2026-01-15' };

function digest(simulation: ShopSimulation): string {
  const hash = createHash('sha256');
  for (const event of simulation.events()) hash.update(JSON.stringify(event));
  return hash.digest('hex');
}

describe('ShopSimulation', () => {
  it('repeats itself byte for byte, also in a second run of the same object', () => {
    const simulation = new ShopSimulation(week);
    const first = digest(simulation);
    const expected = simulation.expected();
    expect(digest(simulation)).toBe(first);
    expect(simulation.expected()).toEqual(expected);
    expect(digest(new ShopSimulation(week))).toBe(first);
  });

  it('tells another story for another seed or another day', () => {
    const first = digest(new ShopSimulation(week));
    expect(digest(new ShopSimulation({ ...week, seed: 12 }))).not.toBe(first);
    expect(digest(new ShopSimulation({ ...week, until: '2026-01-16' }))).not.toBe(first);
  });

  it('fits into a single day', () => {
    const simulation = new ShopSimulation({ seed: 1, days: 1, until: '2026-02-28' });
    const stamps = [...simulation.events()].map((event) => String(event['timestamp']));
    expect(stamps.length).toBeGreaterThan(600);
    expect(stamps.filter((stamp) => !stamp.startsWith('2026-02-28T'))).toEqual([]);
  });

  it('does not report before it has run to the end', () => {
    const simulation = new ShopSimulation(week);
    expect(() => simulation.expected()).toThrow(/events\(\)/);
    simulation.events().next();
    expect(() => simulation.personalData()).toThrow(/events\(\)/);
  });

  it.each([
    [{ seed: 0.5 }, /seed/],
    [{ seed: -1 }, /seed/],
    [{ days: 0 }, /days/],
    [{ days: 1.5 }, /days/],
    [{ until: '2026-02-30' }, /until/],
    [{ until: 'yesterday' }, /until/],
  ])('refuses %p', (wrong, message) => {
    expect(() => new ShopSimulation({ ...week, ...wrong })).toThrow(message);
  });
});

describe('liveTraffic', () => {
  it('stamps each event when it is taken and never repeats an id', () => {
    let clockMs = Date.UTC(2026, 5, 1);
    const messageIds = new Set<string>();
    const orderIds: string[] = [];
    let taken = 0;
    for (const event of liveTraffic(77, () => new Date(clockMs))) {
      expect(event['timestamp']).toBe(new Date(clockMs).toISOString());
      messageIds.add(String(event['messageId']));
      const properties = event['properties'] as { order_id?: string } | undefined;
      if (event['event'] === 'Order Completed') orderIds.push(String(properties?.order_id));
      clockMs += 2_000;
      taken += 1;
      if (taken === 4_000) break;
    }
    expect(messageIds.size).toBe(4_000);
    expect(orderIds.length).toBeGreaterThan(20);
    expect(new Set(orderIds).size).toBe(orderIds.length);
    expect(orderIds.filter((id) => !/^LIVE-25-\d{6}$/.test(id))).toEqual([]);
  });
});
