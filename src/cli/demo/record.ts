/** What the demo remembers in its data directory: its options, its keys, what it sold. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from '../client.js';
import type { ExpectedSales, SimulationOptions } from '../shop/simulation.js';

export interface DemoState extends SimulationOptions {
  writeKey: string;
  salesKey: string;
  /** What the simulation sold; absent until all of it was acknowledged. */
  expected?: ExpectedSales;
}

export class DemoRecord {
  private constructor(
    private readonly file: string,
    public state: DemoState,
  ) {}

  /** Data played before is used again; other options ask for another directory. */
  static open(dataDir: string, wanted: SimulationOptions, isUntilGiven: boolean): DemoRecord {
    const file = join(dataDir, 'demo.json');
    if (!existsSync(file)) return new DemoRecord(file, { ...wanted, writeKey: '', salesKey: '' });
    const state = JSON.parse(readFileSync(file, 'utf8')) as DemoState;
    const isOtherUntil = isUntilGiven && state.until !== wanted.until;
    if (state.seed !== wanted.seed || state.days !== wanted.days || isOtherUntil) {
      throw new Error(
        `${dataDir} holds a demo with --seed ${state.seed} --days ${state.days} ` +
          `--until ${state.until}. ` +
          'Use the same options, another --data-dir, or remove the folder.',
      );
    }
    return new DemoRecord(file, state);
  }

  async ensureKeys(client: ApiClient): Promise<DemoState> {
    if (this.state.writeKey !== '') return this.state;
    const create = async (name: string, scopes: string[]) =>
      client.request<{ key: string }>('POST', '/api/v1/access/keys', { name, scopes });
    const suffix = Date.now().toString(36);
    const { key: writeKey } = await create(`demo-shop-${suffix}`, ['events:write']);
    const { key: salesKey } = await create(`demo-sales-${suffix}`, ['sales:read']);
    this.save({ ...this.state, writeKey, salesKey });
    return this.state;
  }

  finish(expected: ExpectedSales): void {
    this.save({ ...this.state, expected });
  }

  private save(state: DemoState): void {
    this.state = state;
    writeFileSync(`${this.file}.tmp`, JSON.stringify(state, null, 2), { mode: 0o600 });
    renameSync(`${this.file}.tmp`, this.file);
  }
}
