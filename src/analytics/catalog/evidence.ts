/**
 * What stands behind the numbers of a range: the published versions and the runs that published
 * them, the rows set aside, the orders that count nowhere. Counts only, never rows.
 */
import { readFileSync } from 'node:fs';
import type { DataSource } from 'typeorm';
import { toEngineInstant, type Warehouse } from '../../platform/warehouse/warehouse.js';
import type { Project } from '../compiler/model.js';

const readQuery = (name: string) =>
  readFileSync(new URL(`queries/${name}.sql`, import.meta.url), 'utf8');
const PUBLICATIONS = readQuery('publications');
const RUNS = readQuery('runs');
const QUARANTINED = readQuery('quarantined');
const UNCOUNTED_ORDERS = readQuery('uncounted_orders');

export const EVIDENCE_LIMITS = Object.freeze({
  partitionsAModel: 10,
  runs: 50,
  quarantinedChecks: 100,
});

const HOUR_MS = 3_600_000;

export interface Publication {
  model: string;
  /** A UTC day, or `all` of a model without days. */
  partition: string;
  version: string;
  run_id: string;
  published_at: string;
}

export interface PublishingRun {
  id: string;
  target: string;
  trigger: string;
  status: string;
  started_at: string;
}

export interface Publications {
  /** The newest of each model. */
  versions: Publication[];
  /** How many partitions each model has in the range. */
  partitions: Record<string, number>;
  runs: PublishingRun[];
  /** What was left out, in words. */
  cut: string[];
}

export interface Quarantined {
  model: string;
  check: string;
  rows: number;
}

export interface UncountedOrders {
  test_orders: number;
  deleted_orders: number;
}

interface PublicationRow extends Omit<Publication, 'published_at'> {
  published_at: Date;
  partitions: number;
}

type RunRow = Omit<PublishingRun, 'started_at'> & { started_at: Date };

export class Evidence {
  constructor(
    private readonly project: Project,
    private readonly dataSource: DataSource,
    private readonly warehouse: Warehouse,
  ) {}

  /** `from` inclusive, `to` exclusive. */
  async publications(models: readonly string[], from: Date, to: Date): Promise<Publications> {
    const { partitionsAModel, runs: maxRuns } = EVIDENCE_LIMITS;
    const rows = await this.dataSource.query<PublicationRow[]>(PUBLICATIONS, [
      [...models],
      dayOf(from),
      dayOf(new Date(to.getTime() - 1)),
      partitionsAModel,
    ]);
    const partitions = Object.fromEntries(rows.map((row) => [row.model, row.partitions]));
    const runs = await this.runsOf(rows);
    const versions = rows.map(({ partitions: _, published_at: at, ...row }) => ({
      ...row,
      run_id: this.recordOf(row.model, row.run_id, at, runs)?.id ?? row.run_id,
      published_at: at.toISOString(),
    }));
    const ids = new Set(versions.map((version) => version.run_id));
    const named = runs.filter(({ id }) => ids.has(id));
    const shortened = Object.entries(partitions).filter(([, count]) => count > partitionsAModel);
    return {
      versions,
      partitions,
      runs: named
        .slice(0, maxRuns)
        .map((run) => ({ ...run, started_at: run.started_at.toISOString() })),
      cut: [
        ...shortened.map(
          ([model, count]) =>
            `${model}: the newest ${partitionsAModel} of ${count} published partitions.`,
        ),
        ...(named.length > maxRuns ? [`The newest ${maxRuns} runs.`] : []),
      ],
    };
  }

  /** Rows that failed a check of their own; those of models with a time column within the range. */
  async quarantined(models: readonly string[], from: Date, to: Date) {
    const known = this.project.models.filter(({ name }) => models.includes(name));
    const limit = EVIDENCE_LIMITS.quarantinedChecks;
    const found = await this.warehouse.query<{ model: string; check_name: string; rows: string }>(
      'reader',
      QUARANTINED,
      {
        models: known.map(({ name }) => name),
        time_columns: known.map(({ time_column: column }) => column ?? ''),
        ...rangeParameters(from, to),
        limit: limit + 1,
      },
    );
    const rows = found.slice(0, limit).map((row): Quarantined => ({
      model: row.model,
      check: row.check_name,
      rows: Number(row.rows),
    }));
    const cut = found.length > limit ? [`The ${limit} checks with the most rows set aside.`] : [];
    return { rows, cut };
  }

  /** Null where the models are not made of orders. */
  async uncountedOrders(
    models: readonly string[],
    from: Date,
    to: Date,
  ): Promise<UncountedOrders | null> {
    if (!models.includes('silver.orders')) return null;
    const found = await this.warehouse.queryOne<Record<keyof UncountedOrders, string>>(
      'reader',
      UNCOUNTED_ORDERS,
      rangeParameters(from, to),
    );
    return {
      test_orders: Number(found.test_orders),
      deleted_orders: Number(found.deleted_orders),
    };
  }

  private runsOf(rows: readonly PublicationRow[]): Promise<RunRow[]> {
    const ticks = new Map(
      rows.map(({ model, published_at: at }) => {
        const schedule = this.scheduleOf(model);
        const hour = new Date(hourOf(at));
        return [`${schedule} ${hour.toISOString()}`, { schedule, hour }] as const;
      }),
    );
    const ids = [...new Set(rows.map((row) => row.run_id))];
    const asked = [...ticks.values()];
    return this.dataSource.query<RunRow[]>(RUNS, [
      ids,
      asked.map(({ schedule }) => schedule),
      asked.map(({ hour }) => hour),
      ids.length + asked.length,
    ]);
  }

  /** The record under which a run stands: its own, or that of its hour. */
  private recordOf(model: string, runId: string, at: Date, runs: readonly RunRow[]) {
    const schedule = this.scheduleOf(model);
    return (
      runs.find(({ id }) => id === runId) ??
      runs.find(
        ({ trigger, target, started_at: startedAt }) =>
          trigger === 'schedule' && target === schedule && hourOf(startedAt) === hourOf(at),
      )
    );
  }

  private scheduleOf(model: string): string {
    return this.project.models.find(({ name }) => name === model)?.schedule ?? '';
  }
}

const dayOf = (instant: Date) => instant.toISOString().slice(0, 10);
const hourOf = (instant: Date) => Math.floor(instant.getTime() / HOUR_MS) * HOUR_MS;

const rangeParameters = (from: Date, to: Date) => ({
  from: toEngineInstant(from),
  to: toEngineInstant(to),
});
