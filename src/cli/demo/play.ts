/** Plays the simulation through the collector's HTTP interface, a few batches at a time. */
import type { JsonObject } from '../../contracts/json.js';
import { ShopSimulation, type ExpectedSales } from '../shop/simulation.js';
import { postBatch } from './post.js';
import type { DemoState } from './record.js';

const BATCH_EVENTS = 250;
const CONCURRENT_BATCHES = 4;
const EVENTS_BETWEEN_LINES = 20_000;

/** Answers with what was sold, once every event is acknowledged. */
export async function playSimulation(
  url: string,
  state: DemoState,
  say: (line: string) => void,
): Promise<ExpectedSales> {
  const { seed, days, until } = state;
  const simulation = new ShopSimulation({ seed, days, until });
  const batches = inBatches(simulation.events());
  const startedAt = performance.now();
  let sent = 0;
  const sender = async () => {
    for (let next = batches.next(); !next.done; next = batches.next()) {
      await postBatch(url, state.writeKey, next.value);
      const before = Math.floor(sent / EVENTS_BETWEEN_LINES);
      sent += next.value.length;
      if (Math.floor(sent / EVENTS_BETWEEN_LINES) > before) say(`  ${sent} events acknowledged`);
    }
  };
  say(`Playing ${days} days of traffic through ${url}/v1/batch …`);
  await Promise.all(Array.from({ length: CONCURRENT_BATCHES }, sender));
  const seconds = (performance.now() - startedAt) / 1000;
  say(`  ${sent} events acknowledged in ${seconds.toFixed(1)} s`);
  return simulation.expected();
}

function* inBatches(events: Iterable<JsonObject>): Generator<JsonObject[], void> {
  let batch: JsonObject[] = [];
  for (const event of events) {
    batch.push(event);
    if (batch.length < BATCH_EVENTS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
