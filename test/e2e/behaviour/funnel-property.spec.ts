/**
 * Funnels over random histories against a walk through all ways. A way takes one event for each
 * step, later ones later, all within the window from the first, which lies in the range. Loosely
 * anything may come between; strictly only what fits the step that was just reached.
 */
import fc from 'fast-check';
import { rest, type FunnelReply, type Parameters } from './client.js';
import { LAMP, MUG, openShop, order, type Deed, type Shop, type Visit } from './shop.js';

const VISITORS = 150;
const QUESTIONS = 80;
const SEED = 20260110;
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 10);

const NAMES = ['page', 'Product Viewed', 'Product Added', 'Order Completed'] as const;
const CATEGORIES = ['Kitchen', 'Lighting', 'Toys'] as const;
const PATHS = ['/', '/cart', '/p/mug'] as const;

const history = fc.array(
  fc.record({
    // At once, within a visit, a day later.
    pause: fc.constantFrom(0, 1, 1, 2, 7, 20, 60, 700, 1500),
    name: fc.constantFrom(...NAMES, 'Product Viewed', 'Wave'),
    category: fc.constantFrom(...CATEGORIES),
    path: fc.constantFrom(...PATHS),
  }),
  { minLength: 1, maxLength: 9 },
);
type History = typeof history extends fc.Arbitrary<infer Value> ? Value : never;

interface Moment {
  atMs: number;
  name: string;
  /** Its properties by which a step may choose; `path` is that of the page it happened on. */
  properties: Record<string, string>;
}

/** A visitor's history, to be posted and to be walked through. */
function tell(given: History, index: number): { visit: Visit; moments: Moment[] } {
  let minutes = index * 31;
  let path = '';
  const did: Deed[] = [];
  const moments = given.map(({ pause, name, category, path: opened }, place) => {
    minutes += pause;
    if (name === 'page') path = opened;
    did.push(deedOf(minutes, name, { category, opened, id: `${index}-${place}` }));
    const properties = { ...(name === 'page' ? {} : { category }), path };
    return { atMs: START_MS + minutes * MINUTE_MS, name, properties };
  });
  const at = new Date(START_MS).toISOString();
  return { visit: { visitor: `v${index}`, at, did }, moments };
}

function deedOf(
  minutes: number,
  name: string,
  { category, opened, id }: { category: string; opened: (typeof PATHS)[number]; id: string },
): Deed {
  if (name === 'page') return [minutes, opened];
  if (name === 'Order Completed') return [minutes, name, order(id, [MUG], { category })];
  return [minutes, name, { ...LAMP, category }];
}

const step = fc.record({
  event: fc.constantFrom(...NAMES),
  where: fc.oneof(
    { arbitrary: fc.constant({}), weight: 3 },
    fc.subarray([...CATEGORIES], { minLength: 1 }).map((category) => ({ category })),
    fc.subarray([...PATHS], { minLength: 1 }).map((path) => ({ path })),
  ) as fc.Arbitrary<Record<string, string[]>>,
});
const question = fc.record({
  steps: fc.array(step, { minLength: 2, maxLength: 5 }),
  windowMinutes: fc.constantFrom(3, 30, 1440, 43_200),
  order: fc.constantFrom('loose' as const, 'strict' as const),
  fromHours: fc.nat(100),
  hours: fc.constantFrom(6, 48, 400),
});
type Question = typeof question extends fc.Arbitrary<infer Value> ? Value : never;

const boundsOf = ({ fromHours, hours }: Question) => ({
  from: START_MS + fromHours * 60 * MINUTE_MS,
  to: START_MS + (fromHours + hours) * 60 * MINUTE_MS,
});

function parametersOf(asked: Question): Parameters {
  const { from, to } = boundsOf(asked);
  const wheres = asked.steps.flatMap(({ where }, index) =>
    Object.entries(where).map(([name, values]) => [
      `where[${index + 1}][${name}]`,
      values.join(','),
    ]),
  );
  return {
    steps: asked.steps.map(({ event }) => event).join(','),
    window: `${asked.windowMinutes}m`,
    order: asked.order,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    ...(Object.fromEntries(wheres) as Parameters),
  };
}

interface Fitting {
  atMs: number;
  steps: boolean[];
  /** Whether a way may begin with it. */
  isEntry: boolean;
}

/** How many steps a visitor came through: 0 where the funnel was not entered. */
function walk(moments: Moment[], asked: Question): number {
  const { from, to } = boundsOf(asked);
  const windowMs = asked.windowMinutes * MINUTE_MS;
  const fits = ({ name, properties }: Moment, { event, where }: Question['steps'][number]) =>
    name === event &&
    Object.entries(where).every(([key, values]) => values.includes(properties[key] ?? ''));
  const events: Fitting[] = moments
    .filter(({ atMs }) => atMs >= from && atMs < to + windowMs)
    .map((moment) => ({ ...moment, steps: asked.steps.map((one) => fits(moment, one)) }))
    .filter(({ steps }) => steps.includes(true))
    .map(({ atMs, steps }) => ({ atMs, steps, isEntry: steps[0]! && atMs < to }))
    .sort((one, other) => one.atMs - other.atMs || weightOf(one) - weightOf(other));
  const isStrict = asked.order === 'strict';
  const furthest = (reached: number, place: number, endMs: number): number => {
    let found = reached;
    for (let next = place + 1; next < events.length; next += 1) {
      const { atMs, steps } = events[next]!;
      if (atMs > endMs) break;
      if (steps[reached]) found = Math.max(found, furthest(reached + 1, next, endMs));
      if (isStrict && !steps[reached - 1]) break;
    }
    return found;
  };
  return events.reduce(
    (best, { atMs, isEntry }, place) =>
      isEntry ? Math.max(best, furthest(1, place, atMs + windowMs)) : best,
    0,
  );
}

/** Of one instant, what fits earlier steps comes first. */
const weightOf = ({ steps }: Fitting) =>
  steps.reduce((sum, isFitting, index) => sum + (isFitting ? 2 ** index : 0), 0);

const told = fc
  .sample(fc.array(history, { minLength: VISITORS, maxLength: VISITORS }), {
    seed: SEED,
    numRuns: 1,
  })[0]!
  .map(tell);

let shop: Shop;
beforeAll(async () => {
  shop = await openShop(told.map(({ visit }) => visit));
});

it('counts who came how far as the walk does, never more than at the step before', async () => {
  const lengths = new Set<number>();
  const property = fc.asyncProperty(question, async (asked) => {
    const reached = told.map(({ moments }) => walk(moments, asked));
    for (const length of reached) lengths.add(length);
    const expected = asked.steps.map((_, index) => reached.filter((all) => all > index).length);
    const { data } = await rest<FunnelReply>(shop, 'behaviour/funnel', parametersOf(asked));
    const found = data.rows[0]!.steps.map(({ visitors }) => visitors);
    expect(found).toEqual(expected);
    expect(found).toEqual([...found].sort((one, other) => other - one));
  });
  await fc.assert(property, { seed: SEED, numRuns: QUESTIONS, endOnFailure: true });
  expect([...lengths].sort()).toEqual([0, 1, 2, 3, 4, 5]);
});
