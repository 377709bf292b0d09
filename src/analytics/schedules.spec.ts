/** Which ticks a service asks its runner for, while it leads and while another one does. */
import { jest } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Clock } from '../platform/clock/clock.js';
import type { AppConfig } from '../platform/config/config.js';
import { createLogger } from '../platform/logging/logger.js';
import type { Runner } from './runner/runner.js';
import { Schedules } from './schedules.js';

const STREAMING_MS = 5_000;

let isLeading: boolean;
let asked: string[];
let schedules: Schedules;

const runner = {
  tick: async (target: string, due?: Date) => {
    if (isLeading && due) asked.push(`${target} ${due.toISOString().slice(11, 16)}`);
    return isLeading ? {} : null;
  },
  compact: async () => asked.push('compact'),
} as unknown as Runner;

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-11-05T02:29:00.000Z') });
  const config = { schedules: 'on', streamingIntervalMs: STREAMING_MS } as AppConfig;
  const logger = createLogger('silent');
  schedules = new Schedules(new SchedulerRegistry(), runner, config, logger, new Clock());
  schedules.onApplicationBootstrap();
  asked = [];
});

afterEach(() => {
  schedules.stop();
  jest.useRealTimers();
});

const seconds = (count: number) => jest.advanceTimersByTimeAsync(count * 1_000);

it('come when they are due, by the minute, and compaction after the daily one', async () => {
  isLeading = true;
  await seconds(95);
  expect(asked).toEqual(['minutely 02:29', 'daily 02:30', 'compact', 'minutely 02:30']);
});

it('are made up for, the last of each, by who leads afterwards', async () => {
  isLeading = false;
  await seconds(122);
  expect(asked).toEqual([]);
  isLeading = true;
  await seconds(5);
  expect(asked.sort()).toEqual(['compact', 'daily 02:30', 'minutely 02:30']);
  asked = [];
  await seconds(15);
  expect(asked).toEqual([]);
});
