/** How old, how whole and which version a model's published rows are. */
import { ancestors } from './compiler/graph.js';
import type { Project } from './compiler/model.js';
import { publishingUpstream } from './runner/upstream.js';
import type { VersionBoard } from './runner/version-board.js';
import type { RangeVersion, Versions } from './runner/versions.js';

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
    private readonly board: VersionBoard,
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
    const versions = await this.board.look();
    const states = this.publishersOf(models).flatMap((name) => versions.stateOf(name) ?? []);
    const times = states.map(({ asOf }) => asOf);
    const isKnown = times.length > 0 && times.every((time) => time !== null);
    return {
      asOf: isKnown ? new Date(Math.min(...times.map(Number))) : null,
      held: behind.filter((name) => versions.stateOf(name)?.status === 'held'),
    };
  }

  /**
   * The newest version among the UTC days from `from` to `to`, with the definitions that made the
   * rows, and whether one of the days is changing. At most 1 s behind a publish elsewhere.
   */
  async versionOf(models: readonly string[], from: Date, to: Date): Promise<RangeVersion> {
    return this.rangeVersion(await this.board.look(), models, from, to);
  }

  /** {@link versionOf} as of now: whether anything changed while an answer was computed. */
  async versionNow(models: readonly string[], from: Date, to: Date): Promise<RangeVersion> {
    return this.rangeVersion(await this.board.lookAgain(), models, from, to);
  }

  private rangeVersion(
    versions: Versions,
    models: readonly string[],
    from: Date,
    to: Date,
  ): RangeVersion {
    const day = (instant: Date) => instant.toISOString().slice(0, 10);
    const found = this.publishersOf(models).map((name) =>
      versions.versionOf(name, day(from), day(to)),
    );
    // A view publishes nothing, so that another definition of it shows only here.
    const definitions = models.map((name) => versions.stateOf(name)?.definition ?? '');
    return {
      version: [...found.map(({ version }) => version), ...definitions].join('.'),
      isPublishing: found.some(({ isPublishing }) => isPublishing),
    };
  }

  /** The models whose publish log speaks for this one: a view's are those behind it. */
  private publishersOf(models: readonly string[]): string[] {
    const names = models.flatMap((model) => this.publishers.get(model) ?? [model]);
    return [...new Set(names)].sort();
  }
}
