/** What the demo remembers in its data directory: its options, its keys, what it sold. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiClient } from '../client.js';
import type { ExpectedSales, SimulationOptions } from '../shop/simulation.js';

export interface DemoState extends SimulationOptions {
  writeKey: string;
  /** Reads sales and behaviour. */
  readKey: string;
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
    const without = { writeKey: '', readKey: '' };
    if (!existsSync(file)) return new DemoRecord(file, { ...wanted, ...without });
    // Data of an earlier version has a key that reads sales alone; it gets another.
    const stored = JSON.parse(readFileSync(file, 'utf8')) as DemoState;
    const state = { ...without, ...stored };
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
    const suffix = Date.now().toString(36);
    const ensure = async (key: string, use: string, scopes: string[]) => {
      if (key !== '') return key;
      const given = { name: `demo-${use}-${suffix}`, scopes };
      const made = await client.request<{ key: string }>('POST', '/api/v1/access/keys', given);
      return made.key;
    };
    const writeKey = await ensure(this.state.writeKey, 'shop', ['events:write']);
    const readKey = await ensure(this.state.readKey, 'reader', ['sales:read', 'behaviour:read']);
    if (writeKey !== this.state.writeKey || readKey !== this.state.readKey) {
      this.save({ ...this.state, writeKey, readKey });
    }
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
