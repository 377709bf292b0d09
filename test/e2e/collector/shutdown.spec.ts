/** Stopping under load: what was acknowledged is durable, the rest is refused in words or cut. */
import { Warehouse } from '../../../src/platform/warehouse/warehouse.js';
import { startTestService, type TestService } from '../../support/service.js';
import { closeAfterAll } from '../../support/stores.js';

const REQUESTS = 20;
const EVENTS = 100;
const CUT = 'cut';

describe('a service that is stopped with requests in flight', () => {
  let service: TestService;
  let key: string;
  let outcomes: Map<string, number | typeof CUT>;

  /** Sends a batch and answers with the status, or that the connection was cut. */
  async function send(name: string): Promise<void> {
    const batch = Array.from({ length: EVENTS }, (_, index) => ({
      type: 'page',
      userId: 'u',
      messageId: `${name}-${index}`,
    }));
    const status = await service.post('/v1/batch', { batch }, key).then(
      (response) => response.status,
      () => CUT as typeof CUT,
    );
    outcomes.set(name, status);
  }

  beforeAll(async () => {
    service = await startTestService();
    key = await service.key('events:write');
    outcomes = new Map();
    await send('warm-up');
    const first = Array.from({ length: REQUESTS }, (_, index) => send(`first-${index}`));
    // One is answered, so the others are under way; those of the second wave meet a closed door.
    await Promise.race(first);
    const stopped = service.stop();
    const second = Array.from({ length: REQUESTS }, (_, index) => send(`second-${index}`));
    await Promise.all([...first, ...second, stopped]);
  });

  it('answers each with 200 or 503, or cuts it', () => {
    expect(outcomes.size).toBe(2 * REQUESTS + 1);
    for (const outcome of outcomes.values()) expect([200, 503, CUT]).toContain(outcome);
    expect([...outcomes.values()]).toContain(200);
    expect([...outcomes.values()].some((outcome) => outcome !== 200)).toBe(true);
  });

  it('has stored all of every request that it acknowledged', async () => {
    const { dataDir } = service.platform.config;
    const warehouse = await Warehouse.open({ dataDir, memoryMb: 800 });
    closeAfterAll(() => warehouse.close());
    const rows = await warehouse.query<{ name: string; n: string }>(
      'reader',
      `select substring(message_id, 1, length(message_id) - position(reverse(message_id), '-'))
         as name, uniqExact(message_id) as n
       from bronze.events group by name`,
    );
    const stored = new Map(rows.map(({ name, n }) => [name, Number(n)]));
    const acknowledged = [...outcomes].filter(([, outcome]) => outcome === 200);
    for (const [name] of acknowledged) expect([name, stored.get(name)]).toEqual([name, EVENTS]);
    // A request is one insert, so none is stored in part.
    for (const n of stored.values()) expect(n).toBe(EVENTS);
  });

  it('refuses to listen any longer', async () => {
    await expect(fetch(`${service.url}/healthz`)).rejects.toThrow();
  });
});
