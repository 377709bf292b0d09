/** What the demo remembers in its data directory: its options, its keys, what it sold. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ApiClient } from '../client.js';
import type { ExpectedSales, SimulationOptions } from '../shop/simulation.js';

export interface DemoState extends SimulationOptions {
  writeKey: string;
  /** Reads every department. */
  readKey: string;
  /** The scopes of that key, as it was made. */
  readScopes?: readonly string[];
  /** What the simulation sold; absent until all of it was acknowledged. */
  expected?: ExpectedSales;
}

const READ_SCOPES = [
  'sales:read',
  'behaviour:read',
  'customers:read',
  'campaigns:read',
  'sentiment:read',
  'reports:read',
] as const;

export class DemoRecord {
  private constructor(
    private readonly file: string,
    public state: DemoState,
  ) {}

  /** Where the demo's data lives. */
  get folder(): string {
    return dirname(this.file);
  }

  /** Data played before is used again; other options ask for another directory. */
  static open(dataDir: string, wanted: SimulationOptions, isUntilGiven: boolean): DemoRecord {
    const file = join(dataDir, 'demo.json');
    const without = { writeKey: '', readKey: '' };
    if (!existsSync(file)) return new DemoRecord(file, { ...wanted, ...without });
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
    // Data of an earlier version has a key that reads less; it gets another.
    const isWhole = READ_SCOPES.every((scope) => this.state.readScopes?.includes(scope));
    const standing = isWhole ? this.state.readKey : '';
    const readKey = await ensure(standing, 'reader', [...READ_SCOPES]);
    if (writeKey !== this.state.writeKey || readKey !== this.state.readKey) {
      this.save({ ...this.state, writeKey, readKey, readScopes: READ_SCOPES });
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
