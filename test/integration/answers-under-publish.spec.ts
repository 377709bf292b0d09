/**
 * A reader and a publisher in two processes, step by step in every order: whatever the reader puts
 * into the shared cache, nobody who knows of the publish is answered with an old number.
 */
import { randomUUID } from 'node:crypto';
import { Freshness } from '../../src/analytics/freshness.js';
import { PublishLog } from '../../src/analytics/runner/publish-log.js';
import { MAX_AGE_MS, VersionBoard } from '../../src/analytics/runner/version-board.js';
import { AnswerCache } from '../../src/modules/metrics/answer-cache.js';
import { openAnnouncements } from '../../src/platform/cache/announcements.js';
import { openCache, type Cache } from '../../src/platform/cache/cache.js';
import { Clock } from '../../src/platform/clock/clock.js';
import type { ControlDb } from '../../src/platform/control-db/control-db.js';
import { createLogger } from '../../src/platform/logging/logger.js';
import { Telemetry } from '../../src/platform/telemetry/telemetry.js';
import { openTestControlDb } from '../support/stores.js';
import { smallProject } from './small-project.js';

const MODEL = 'gold.daily';
const DAY = '2026-11-05';
const AT = new Date(`${DAY}T12:00:00Z`);
const logger = createLogger('silent');

let controlDb: ControlDb;

beforeAll(async () => {
  controlDb = await openTestControlDb();
});

/** The published number, which a reader reads in two halves, as an answer of two queries does. */
interface World {
  halves: [number, number];
  cache: Cache;
  log: PublishLog;
}

async function openWorld(): Promise<World> {
  const log = new PublishLog(controlDb.dataSource, new Clock());
  await log.forget(MODEL);
  const first = publication();
  await log.commit(first, await log.begin(first));
  return { halves: [1, 1], cache: openCache(undefined, 'one', logger), log };
}

const publication = () => ({ model: MODEL, partitions: [DAY], runId: randomUUID(), epoch: 1 });

/** A process of its own that hears no announcement: its clock moves only if a test moves it. */
function openReader({ cache, halves }: World) {
  const clock = { ms: 0 };
  const announcements = openAnnouncements(undefined, 'one', logger);
  const board = new VersionBoard(controlDb.dataSource, announcements, () => clock.ms);
  const freshness = new Freshness(smallProject(), board);
  const answers = new AnswerCache(cache, new Telemetry());
  const compute = async () => halves[0] + halves[1];
  const ask = async (computing: () => Promise<number> = compute) => {
    const known = await freshness.versionOf([MODEL], AT, AT);
    const findNow = () => freshness.versionNow([MODEL], AT, AT);
    return answers.remember('sum', { known, findNow }, computing);
  };
  return { clock, board, ask };
}

/** One that may be stopped at each step: it looks, reads one half, the other, and keeps the sum. */
function steppingReader(world: World): (() => Promise<unknown>)[] {
  const { board, ask } = openReader(world);
  const halves: number[] = [];
  let answer: Promise<unknown>;
  let finish: (sum: number) => void = () => undefined;
  const sum = new Promise<number>((resolve) => (finish = resolve));
  return [
    () => board.look(),
    async () => {
      let begun: () => void = () => undefined;
      const beginning = new Promise<void>((resolve) => (begun = resolve));
      answer = ask(() => {
        begun();
        return sum;
      });
      await beginning;
      halves.push(world.halves[0]);
    },
    async () => halves.push(world.halves[1]),
    async () => {
      finish(halves[0]! + halves[1]!);
      await answer;
    },
  ];
}

/** A publisher that marks, swaps the first half and the second, and marks again. */
function publisher({ log, halves }: World): (() => Promise<unknown>)[] {
  const published = publication();
  let version = '';
  return [
    async () => (version = await log.begin(published)),
    async () => (halves[0] = 2),
    async () => (halves[1] = 2),
    () => log.commit(published, version),
  ];
}

/** Every order of `first` and `second` steps that keeps each one's own order. */
function interleavings(first: number, second: number): ('reader' | 'publisher')[][] {
  if (first === 0 && second === 0) return [[]];
  const then = (who: 'reader' | 'publisher', rest: ('reader' | 'publisher')[][]) =>
    rest.map((steps) => [who, ...steps]);
  return [
    ...(first > 0 ? then('reader', interleavings(first - 1, second)) : []),
    ...(second > 0 ? then('publisher', interleavings(first, second - 1)) : []),
  ];
}

async function play(world: World, order: ('reader' | 'publisher')[]): Promise<void> {
  const steps = { reader: steppingReader(world), publisher: publisher(world) };
  for (const who of order) await steps[who].shift()!();
}

const READER_STEPS = 4;
const PUBLISHER_STEPS = 4;

/** A reader that knows the version before the publish, and asks once it is over. */
async function openLateReader(world: World) {
  const { board, ask } = openReader(world);
  await board.look();
  return async (order: unknown) => {
    const { value, servedFrom } = await ask(async () => 0);
    // What stands in the cache under that version is that version's number.
    expect([order, value]).toEqual([order, servedFrom === 'cache' ? 2 : 0]);
  };
}

it('after a publish nobody is answered with an old number, or half of one', async () => {
  const orders = interleavings(READER_STEPS, PUBLISHER_STEPS);
  expect(orders.length).toBe(70);
  for (const order of orders) {
    const world = await openWorld();
    const expectLateReader = await openLateReader(world);
    await play(world, order);
    await expectLateReader(order);
    const { ask } = openReader(world);
    expect([order, (await ask()).value]).toEqual([order, 4]);
    expect([order, await ask()]).toEqual([order, { value: 4, servedFrom: 'cache' }]);
  }
});

it('a publisher killed at any step leaves no old number, before its recovery or after', async () => {
  const orders = [1, 2, 3].flatMap((survived) => interleavings(READER_STEPS, survived));
  expect(orders.length).toBe(5 + 15 + 35);
  for (const order of orders) {
    const world = await openWorld();
    const expectLateReader = await openLateReader(world);
    await play(world, order);
    await expectLateReader(order);
    const now = world.halves[0] + world.halves[1];
    const before = openReader(world);
    for (const _again of [1, 2]) {
      expect([order, await before.ask()]).toEqual([order, { value: now, servedFrom: 'gold' }]);
    }
    await world.log.recover();
    before.clock.ms += MAX_AGE_MS;
    for (const { ask } of [before, openReader(world)]) {
      expect([order, (await ask()).value]).toEqual([order, now]);
      expect([order, (await ask()).servedFrom]).toEqual([order, 'cache']);
    }
  }
});

it('a process that hears nothing serves the old number for 1 s, and no longer', async () => {
  const world = await openWorld();
  const { ask, clock } = openReader(world);
  expect(await ask()).toEqual({ value: 2, servedFrom: 'gold' });
  for (const step of publisher(world)) await step();
  clock.ms += MAX_AGE_MS / 2 - 1;
  expect(await ask()).toEqual({ value: 2, servedFrom: 'cache' });
  clock.ms += MAX_AGE_MS / 2 + 1;
  expect(await ask()).toEqual({ value: 4, servedFrom: 'gold' });
  expect(await ask()).toEqual({ value: 4, servedFrom: 'cache' });
});

it('a publish of another day, or of another model, leaves the answer in the cache', async () => {
  const world = await openWorld();
  const { ask, clock } = openReader(world);
  await ask();
  for (const other of [{ partitions: ['2026-11-06'] }, { model: 'silver.items' }]) {
    const published = { ...publication(), ...other };
    const version = await world.log.begin(published);
    clock.ms += MAX_AGE_MS;
    expect((await ask()).servedFrom).toBe('cache');
    await world.log.commit(published, version);
    clock.ms += MAX_AGE_MS;
    expect((await ask()).servedFrom).toBe('cache');
  }
});
