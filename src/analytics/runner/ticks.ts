/**
 * Which tick of a schedule was done last, in the control database: several services tick by their
 * own clocks, and each tick is done by one of them, also if its leader dies before or in it.
 */
import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import type { Fence } from './fence.js';

const read = (name: string) =>
  readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');

const CLAIM_TICK = read('claim_tick');
const FINISH_TICK = read('finish_tick');

export class Ticks {
  constructor(
    private readonly dataSource: Pick<DataSource, 'query'>,
    private readonly fence: Fence,
  ) {}

  /** Answers whether the tick that was due at `due` is this leader's to do. */
  async claim(schedule: string, due: Date): Promise<boolean> {
    const values = [schedule, due, this.fence.epoch];
    return (await this.dataSource.query<unknown[]>(CLAIM_TICK, values)).length > 0;
  }

  async finish(schedule: string, due: Date): Promise<void> {
    await this.dataSource.query(FINISH_TICK, [schedule, due, this.fence.epoch]);
  }
}
