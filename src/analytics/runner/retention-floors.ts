/**
 * From which day on a model keeps rows. Older ones were dropped by retention, and a late event does
 * not bring back a day of which everything else is gone: the runner leaves such rows out. Bronze
 * takes them in nevertheless.
 */
import type { DataSource } from 'typeorm';
import type { Model } from '../compiler/model.js';

export class RetentionFloors {
  private floors: ReadonlyMap<string, string> = new Map();

  constructor(private readonly dataSource: DataSource) {}

  /** Reads what another leader may have dropped. */
  async load(): Promise<void> {
    const rows = await this.dataSource.query<{ model: string; kept_from: string }[]>(
      'select model, kept_from::text as kept_from from retention_floors',
    );
    this.floors = new Map(rows.map(({ model, kept_from: keptFrom }) => [model, keptFrom]));
  }

  /** A floor only rises: what was dropped stays dropped. */
  async raise(model: string, keptFrom: string, now: Date): Promise<void> {
    await this.dataSource.query(
      `insert into retention_floors (model, kept_from, dropped_at) values ($1, $2, $3)
       on conflict (model) do update set
         kept_from = greatest(retention_floors.kept_from, excluded.kept_from),
         dropped_at = excluded.dropped_at`,
      [model, keptFrom, now],
    );
    await this.load();
  }

  /** The UTC day before which the model keeps nothing, or undefined. */
  of(model: Pick<Model, 'name'>): string | undefined {
    return this.floors.get(model.name);
  }

  /** What follows the model's rows in a statement, so that only kept ones are taken. */
  condition(model: Pick<Model, 'name' | 'time_column'>): string {
    const keptFrom = this.of(model);
    return keptFrom && model.time_column
      ? `where toDate(${model.time_column}) >= toDate('${keptFrom}')`
      : '';
  }
}
