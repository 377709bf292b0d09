/**
 * An endless trickle of present-day visits for demonstrations. Imported by the CLI's demo command.
 */
import type { JsonObject } from '../../contracts/json.js';
import { Random } from './prng.js';
import { Traffic } from './traffic.js';

/** As many visitors are in the shop at a time; their events interleave. */
const OPEN_VISITS = 6;
/** Demonstrations are short: a customer may buy again after ten minutes. */
const REPEAT_GAP_MS = 10 * 60_000;

/**
 * Endless events, each stamped with `now()` when it is taken, so the caller sets the pace. Give a
 * different seed to each run: message ids, order ids (`LIVE-<seed>-000001`), user ids and e-mails
 * derive from it, and never meet those of `ShopSimulation`.
 */
export function* liveTraffic(seed: number, now: () => Date): Generator<JsonObject> {
  const random = new Random(seed);
  const suffix = seed.toString(36);
  const traffic = new Traffic(random, {
    orderPrefix: `LIVE-${suffix.toUpperCase()}-`,
    tag: `live${suffix}x`,
    repeatGapMs: REPEAT_GAP_MS,
  });
  const openVisits: JsonObject[][] = [];
  for (;;) {
    while (openVisits.length < OPEN_VISITS) {
      openVisits.push(traffic.next(now().getTime(), false).events);
    }
    const index = random.integer(0, OPEN_VISITS - 1);
    const visit = openVisits[index] as JsonObject[];
    const event = visit.shift();
    if (visit.length === 0) openVisits.splice(index, 1);
    if (event) yield { ...event, timestamp: now().toISOString() };
  }
}
