/**
 * The publish log and the states of the models in memory, brought up to date by what changed. It
 * reads nothing itself; the version board does.
 */
import type {
  ModelState,
  PublishLogEntry,
} from '../../platform/control-db/entities/pipeline.entities.js';

/** The partition of a model without a time column; it belongs to every range. */
const WHOLE = 'all';

type Status = PublishLogEntry['status'];

/** What one look at the control database found; the rows are those of `versions.sql`. */
export interface Reading {
  /** How many entries the log has in all. */
  entries: number;
  changed: [model: string, partition: string, version: number, status: Status][];
  states: [model: string, definition: string, status: ModelState['status'], asOf: string | null][];
}

export interface KnownState {
  /** Changes with the model's own definition and with any that it reads. */
  definition: string;
  status: ModelState['status'];
  asOf: Date | null;
}

export interface RangeVersion {
  version: string;
  isPublishing: boolean;
}

interface Entry {
  version: number;
  isOpen: boolean;
}

export class Versions {
  /** The newest version seen; a later publish has a greater one. */
  newest = 0;
  /** Versions of publishes that are not over, whose entries change once more under this version. */
  open: number[] = [];
  private readonly models = new Map<string, Map<string, Entry>>();
  private states = new Map<string, KnownState>();
  private entries = 0;

  /**
   * Takes in what changed, unless entries were deleted, as those of a model that is made anew are:
   * then it changes nothing and answers false. All that stands in the log is known here or among
   * the changes, so that an equal number means the same entries.
   */
  apply({ entries, changed, states }: Reading): boolean {
    const added = changed.filter(([model, partition]) => !this.models.get(model)?.has(partition));
    if (this.entries + added.length !== entries) return false;
    this.entries = entries;
    const open = new Set<number>();
    for (const [model, partition, version, status] of changed) {
      const isOpen = status === 'publishing';
      this.set(model, partition, { version, isOpen });
      this.newest = Math.max(this.newest, version);
      if (isOpen) open.add(version);
    }
    this.open = [...open];
    this.states = new Map(
      states.map(([model, definition, status, asOf]) => [
        model,
        { definition, status, asOf: asOf === null ? null : new Date(asOf) },
      ]),
    );
    return true;
  }

  stateOf(model: string): KnownState | undefined {
    return this.states.get(model);
  }

  /**
   * The newest version among the days of a range, both ends included, and the partition of models
   * without days. It changes whenever a publish of one of them begins, and once more when it ends.
   */
  versionOf(model: string, fromDay: string, toDay: string): RangeVersion {
    let newest = 0;
    let open = 0;
    for (const [partition, { version, isOpen }] of this.models.get(model) ?? []) {
      if (partition !== WHOLE && (partition < fromDay || partition > toDay)) continue;
      newest = Math.max(newest, version);
      if (isOpen) open += 1;
    }
    // Beside a publish left open another one may end, without a new version.
    return { version: open > 0 ? `${newest}~${open}` : `${newest}`, isPublishing: open > 0 };
  }

  private set(model: string, partition: string, entry: Entry): void {
    let partitions = this.models.get(model);
    if (!partitions) this.models.set(model, (partitions = new Map<string, Entry>()));
    partitions.set(partition, entry);
  }
}
