/** How old, how whole and which version a model's published rows are. */
import { ancestors } from './compiler/graph.js';
import type { Project } from './compiler/model.js';
import type { RangeVersion } from './runner/publish-log.js';
import type { Runner } from './runner/runner.js';
import { publishingUpstream } from './runner/upstream.js';

export interface ModelFreshness {
  asOf: Date | null;
  /** The model and those behind it that failed a check and serve their last good version. */
  held: string[];
}

export class Freshness {
  private readonly behind: ReadonlyMap<string, string[]>;
  private readonly publishers: ReadonlyMap<string, string[]>;

  constructor(
    project: Project,
    private readonly runner: Runner,
  ) {
    const models = new Map(project.models.map((model) => [model.name, model]));
    const edges = new Map(project.models.map((model) => [model.name, model.upstream]));
    this.behind = new Map(
      project.models.map(({ name }) => [
        name,
        [name, ...ancestors(edges, name)].filter((other) => models.get(other)?.kind !== 'view'),
      ]),
    );
    this.publishers = new Map(
      project.models.map((model) => [
        model.name,
        model.kind === 'view'
          ? publishingUpstream(models, model).map(({ name }) => name)
          : [model.name],
      ]),
    );
  }

  /** How old the oldest of the models is, and what is held among them and behind them. */
  async of(models: readonly string[]): Promise<ModelFreshness> {
    const behind = [...new Set(models.flatMap((model) => this.behind.get(model) ?? [model]))];
    const states = await this.runner.state.modelStates(behind);
    const publishers = this.publishersOf(models);
    const own = states.filter(({ model: name }) => publishers.includes(name));
    const times = own.map(({ asOf }) => asOf);
    const isKnown = times.length > 0 && times.every((time) => time !== null);
    return {
      asOf: isKnown ? new Date(Math.min(...times.map(Number))) : null,
      held: states.filter(({ status }) => status === 'held').map(({ model: name }) => name),
    };
  }

  /** The newest version among the UTC days from `from` to `to`, and whether one is changing. */
  async versionOf(models: readonly string[], from: Date, to: Date): Promise<RangeVersion> {
    const day = (instant: Date) => instant.toISOString().slice(0, 10);
    const versions = await Promise.all(
      this.publishersOf(models).map((name) => this.runner.log.versionOf(name, day(from), day(to))),
    );
    return {
      version: versions.map(({ version }) => version).join('.'),
      isPublishing: versions.some(({ isPublishing }) => isPublishing),
    };
  }

  /** The models whose publish log speaks for this one: a view's are those behind it. */
  private publishersOf(models: readonly string[]): string[] {
    const names = models.flatMap((model) => this.publishers.get(model) ?? [model]);
    return [...new Set(names)].sort();
  }
}
