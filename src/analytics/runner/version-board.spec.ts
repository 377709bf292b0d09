import { jest } from '@jest/globals';
import { setImmediate } from 'node:timers/promises';
import type { Announcements } from '../../platform/cache/announcements.js';
import { ChangeNotice } from './change-notice.js';
import { MAX_AGE_MS, VersionBoard } from './version-board.js';
import type { Reading } from './versions.js';

type Status = 'published' | 'publishing';

/** The tables in memory, asked as `versions.sql` asks them. */
function openTables() {
  const entries = new Map<string, Reading['changed'][number]>();
  const tables = {
    set: (model: string, partition: string, version: number, status: Status = 'published') =>
      entries.set(`${model}/${partition}`, [model, partition, version, status]),
    forget: (model: string) => {
      for (const [key, [name]] of entries) if (name === model) entries.delete(key);
    },
    read: (newest: number, open: number[]): Reading => ({
      entries: entries.size,
      changed: [...entries.values()].filter(
        ([, , version, status]) =>
          version > newest || status === 'publishing' || open.includes(version),
      ),
      states: [['gold.daily', 'hash', 'held', '2026-11-05T12:00:00+00:00']],
    }),
  };
  return tables;
}

function openBoard() {
  const tables = openTables();
  const clock = { ms: 0 };
  const query = jest.fn(async (_sql: string, parameters?: unknown[]) => {
    const [newest, open] = parameters as [number, number[]];
    return [tables.read(newest, open)] as never;
  });
  const listeners: (() => void)[] = [];
  const announcements: Announcements = {
    announce: jest.fn(),
    subscribe: (listener) => void listeners.push(listener),
    close: () => undefined,
  };
  const board = new VersionBoard({ query }, announcements, () => clock.ms);
  const announced = () => listeners.forEach((listener) => listener());
  const version = async (from = '2026-11-01', to = '2026-11-30') =>
    (await board.look()).versionOf('gold.daily', from, to).version;
  return { tables, clock, query, listeners, announcements, board, announced, version };
}

describe('the versions', () => {
  it('are the newest among the days of the range, both ends included', async () => {
    const { tables, version } = openBoard();
    tables.set('gold.daily', '2026-11-01', 3);
    tables.set('gold.daily', '2026-11-02', 9);
    tables.set('gold.daily', '2026-11-03', 5);
    tables.set('gold.other', '2026-11-03', 12);
    expect(await version('2026-11-03', '2026-11-04')).toBe('5');
    expect(await version('2026-11-01', '2026-11-02')).toBe('9');
    expect(await version('2026-11-04', '2026-11-30')).toBe('0');
  });

  it('count the partition of a model without days in every range', async () => {
    const { tables, version } = openBoard();
    tables.set('gold.daily', 'all', 7);
    tables.set('gold.daily', '2026-11-03', 5);
    expect(await version('2026-11-03', '2026-11-03')).toBe('7');
    expect(await version('2020-01-01', '2020-01-02')).toBe('7');
  });

  it('change when one of two open publishes ends under a version known before', async () => {
    const { tables, board, clock } = openBoard();
    const find = async () =>
      (await board.look()).versionOf('gold.daily', '2026-11-01', '2026-11-30');
    tables.set('gold.daily', '2026-11-01', 1, 'publishing');
    tables.set('gold.daily', '2026-11-02', 2, 'publishing');
    const both = await find();
    tables.set('gold.daily', '2026-11-02', 2);
    clock.ms += MAX_AGE_MS;
    const one = await find();
    tables.set('gold.daily', '2026-11-01', 1);
    clock.ms += MAX_AGE_MS;
    expect([both, one].map(({ isPublishing }) => isPublishing)).toEqual([true, true]);
    expect(one.version).not.toBe(both.version);
    expect(await find()).toEqual({ version: '2', isPublishing: false });
  });

  it('lose the entries of a model that is made anew, even if as many come back', async () => {
    const { tables, version, clock } = openBoard();
    tables.set('gold.daily', '2026-11-01', 3);
    tables.set('gold.other', '2026-11-01', 4);
    expect(await version()).toBe('3');
    tables.forget('gold.daily');
    tables.set('gold.other', '2026-11-02', 5);
    clock.ms += MAX_AGE_MS;
    expect(await version()).toBe('0');
  });

  it('come with the state of each model', async () => {
    const state = (await openBoard().board.look()).stateOf('gold.daily');
    expect(state).toEqual({
      definition: 'hash',
      status: 'held',
      asOf: new Date('2026-11-05T12:00:00Z'),
    });
  });
});

describe('the board', () => {
  it('touches nothing before it is first asked', async () => {
    const { query, listeners, board } = openBoard();
    expect([query.mock.calls.length, listeners.length]).toEqual([0, 0]);
    await board.look();
    await board.look();
    expect([query.mock.calls.length, listeners.length]).toEqual([1, 1]);
  });

  it('looks again when the last look is 1 s old, and only for what changed', async () => {
    const { tables, query, clock, version } = openBoard();
    tables.set('gold.daily', '2026-11-01', 3);
    await version();
    tables.set('gold.daily', '2026-11-01', 4);
    clock.ms += MAX_AGE_MS - 1;
    expect(await version()).toBe('3');
    clock.ms += 1;
    expect(await version()).toBe('4');
    expect(query.mock.calls[1]![1]).toEqual([3, []]);
  });

  it('looks ahead when half of the time is over, and whoever asks then does not wait', async () => {
    const { tables, query, clock, version } = openBoard();
    tables.set('gold.daily', '2026-11-01', 3);
    await version();
    tables.set('gold.daily', '2026-11-01', 4);
    clock.ms += MAX_AGE_MS / 2;
    expect(await version()).toBe('3');
    expect(query).toHaveBeenCalledTimes(2);
    await setImmediate();
    tables.set('gold.daily', '2026-11-01', 5);
    clock.ms += MAX_AGE_MS - 1;
    expect(await version()).toBe('4');
  });

  it('sees at once what was announced', async () => {
    const { tables, announced, version } = openBoard();
    tables.set('gold.daily', '2026-11-01', 3);
    await version();
    tables.set('gold.daily', '2026-11-01', 4);
    expect(await version()).toBe('3');
    announced();
    expect(await version()).toBe('4');
  });

  it('sees at once what this process wrote or tried to, and announces it', async () => {
    const { tables, board, version, announcements } = openBoard();
    const notice = new ChangeNotice();
    board.follow(notice);
    await version();
    await notice.after(async () => tables.set('gold.daily', '2026-11-01', 4));
    expect(await version()).toBe('4');
    const failed = notice.after(async () => {
      tables.set('gold.daily', '2026-11-01', 5);
      throw new Error('The answer was lost.');
    });
    await expect(failed).rejects.toThrow('lost');
    expect(await version()).toBe('5');
    expect(announcements.announce).toHaveBeenCalledTimes(2);
  });

  it('shares one look among all who ask, and a second among those who came too late', async () => {
    const { tables, query, board, announced } = openBoard();
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    query.mockImplementationOnce(async () => {
      const rows = [tables.read(0, [])] as never;
      await gate;
      return rows;
    });
    const early = Promise.all([board.look(), board.look()]);
    tables.set('gold.daily', '2026-11-01', 4);
    announced();
    const late = Promise.all([board.look(), board.lookAgain(), board.lookAgain()]);
    release();
    await early;
    for (const seen of await late) {
      expect(seen.versionOf('gold.daily', '2026-11-01', '2026-11-01').version).toBe('4');
    }
    expect(query).toHaveBeenCalledTimes(2);
  });

  it('fails rather than show what is too old, and recovers', async () => {
    const { tables, query, clock, version } = openBoard();
    tables.set('gold.daily', '2026-11-01', 3);
    await version();
    query.mockRejectedValueOnce(new Error('no control database'));
    clock.ms += MAX_AGE_MS;
    await expect(version()).rejects.toThrow('no control database');
    expect(await version()).toBe('3');
  });
});
