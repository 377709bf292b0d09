/**
 * Of models with a partition a day: before which day, a month's first, their rows stand in the twin
 * with a partition a month. A border only rises, so that a row is never looked for where an older
 * one put it.
 */
import type { DataSource } from 'typeorm';
import type { Model } from '../compiler/model.js';
import type { Fence } from './fence.js';
import { LostLeadership } from './leader.js';

export class MonthBorders {
  private borders: ReadonlyMap<string, string> = new Map();

  constructor(
    private readonly dataSource: DataSource,
    private readonly fence: Fence,
  ) {}

  /** Reads what another leader may have moved. */
  async load(): Promise<void> {
    const rows = await this.dataSource.query<{ model: string; border: string }[]>(
      'select model, border::text as border from month_borders',
    );
    this.borders = new Map(rows.map(({ model, border }) => [model, border]));
  }

  /** The first day that stands by day; undefined if all do. */
  of(model: Pick<Model, 'name'>): string | undefined {
    return this.borders.get(model.name);
  }

  /** Throws {@link LostLeadership} if another leader followed. */
  async raise(model: string, border: string, now: Date): Promise<void> {
    const raised = await this.dataSource.query<unknown[]>(
      `insert into month_borders (model, border, moved_at)
       select $1, $2, $3 where not exists (select from leader_epochs where id > $4::bigint)
       on conflict (model) do update set
         border = greatest(month_borders.border, excluded.border), moved_at = excluded.moved_at
       returning model`,
      [model, border, now, this.fence.epoch],
    );
    if (raised.length === 0) throw new LostLeadership();
    await this.load();
  }
}
