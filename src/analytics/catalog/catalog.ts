/**
 * The catalog: every source and model as its contract describes it, with how fresh and how good it
 * is now. Used by modules/catalog through analytics' face; it knows no departments and no keys.
 */
import type { Clock } from '../../platform/clock/clock.js';
import { fromEngineInstant, type Warehouse } from '../../platform/warehouse/warehouse.js';
import { ancestors } from '../compiler/graph.js';
import type { Project } from '../compiler/model.js';
import type { Freshness } from '../freshness.js';
import type { Quality } from '../quality/quality.js';
import type { PipelineState } from '../runner/pipeline-state.js';
import { describeProject, type CatalogEntry } from './entries.js';

export interface EntryFreshness {
  /**
   * Of a model `ok`, `held`, `failed`, or `new` before its first publish; of a source `ok`, `late`
   * or `empty`.
   */
  state: string;
  reason: string | null;
  /** All acknowledged before it is included; of a source, when its newest row arrived. */
  as_of: string | null;
  /** Itself and those behind it that serve their last good version. */
  held: string[];
}

export interface EntryQuality {
  rows: number;
  /** Shares from 0 to 1; null without rows. */
  completeness: number | null;
  accuracy: number | null;
  scored_at: string;
}

export interface CatalogRow extends CatalogEntry {
  freshness: EntryFreshness;
  /** Null until its checks were run over all of it. */
  quality: EntryQuality | null;
}

export class Catalog {
  readonly entries: readonly CatalogEntry[];
  private readonly edges: ReadonlyMap<string, readonly string[]>;

  constructor(
    private readonly project: Project,
    private readonly state: Pick<PipelineState, 'modelStates'>,
    private readonly freshness: Freshness,
    private readonly quality: Quality,
    private readonly warehouse: Warehouse,
    private readonly clock: Clock,
  ) {
    this.entries = describeProject(project);
    this.edges = new Map(project.models.map(({ name, upstream }) => [name, upstream]));
  }

  /** The models and all that they read, in the order in which they are made. */
  ancestry(models: readonly string[]): CatalogEntry[] {
    const names = new Set(models.flatMap((name) => [name, ...ancestors(this.edges, name)]));
    return this.entries.filter(({ name }) => names.has(name));
  }

  /** The entries named, with their state of now. */
  async rows(names: ReadonlySet<string>): Promise<CatalogRow[]> {
    const [freshness, scores] = await Promise.all([
      this.freshnessOf(names),
      this.quality.latestScores(),
    ]);
    const qualityOf = (name: string): EntryQuality | null => {
      const score = scores.find(({ model }) => model === name);
      if (!score) return null;
      const { rows, completeness, accuracy, scoredAt } = score;
      return { rows: Number(rows), completeness, accuracy, scored_at: scoredAt.toISOString() };
    };
    return this.entries
      .filter(({ name }) => names.has(name))
      .map((entry) => ({
        ...entry,
        freshness: freshness.get(entry.name)!,
        quality: qualityOf(entry.name),
      }));
  }

  async freshnessOf(names: ReadonlySet<string>): Promise<Map<string, EntryFreshness>> {
    const [sources, models] = await Promise.all([
      this.sourceFreshness(names),
      this.modelFreshness(names),
    ]);
    return new Map([...sources, ...models]);
  }

  private async modelFreshness(names: ReadonlySet<string>): Promise<[string, EntryFreshness][]> {
    const states = await this.state.modelStates();
    const found: [string, EntryFreshness][] = [];
    for (const { name } of this.project.models.filter((model) => names.has(model.name))) {
      const { asOf, held } = await this.freshness.of([name]);
      const stopped = states.find(({ model, status }) => model === name && status !== 'ok');
      // A view has no state of its own: it is held when one behind it is.
      const state = stopped?.status ?? (held.length > 0 ? 'held' : asOf ? 'ok' : 'new');
      const reason = stopped?.reason ?? (held.length > 0 ? `Held: ${held.join(', ')}.` : null);
      found.push([name, { state, reason, as_of: asOf?.toISOString() ?? null, held }]);
    }
    return found;
  }

  private async sourceFreshness(names: ReadonlySet<string>): Promise<[string, EntryFreshness][]> {
    const sources = this.project.sources.filter(({ name }) => names.has(name));
    if (sources.length === 0) return [];
    const newest = sources.map(({ name }) => `(select maxOrNull(_loaded_at) from ${name})`);
    const { loaded } = await this.warehouse.queryOne<{ loaded: (string | null)[] }>(
      'reader',
      `select [${newest.join(', ')}] as loaded`,
    );
    return sources.map(({ name, freshness_seconds: seconds }, index) => {
      const text = loaded[index] ?? null;
      if (text === null) return [name, { state: 'empty', reason: null, as_of: null, held: [] }];
      const at = fromEngineInstant(text);
      const isLate = this.clock.now().getTime() - at.getTime() > seconds * 1_000;
      const reason = isLate ? `Nothing arrived for more than ${seconds} s.` : null;
      const state = isLate ? 'late' : 'ok';
      return [name, { state, reason, as_of: at.toISOString(), held: [] }];
    });
  }
}
