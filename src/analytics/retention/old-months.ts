/**
 * Old days become months: what is older than 90 days changes seldom, and moves, a month of a table
 * at a time and between two runs, into the twin that is partitioned by month. What readers see does
 * not change: they find the days until the border rises, and the month from then on. Killed at any
 * point, it goes on when it is done again.
 */
import { DateTime } from 'luxon';
import type { Clock } from '../../platform/clock/clock.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { Model } from '../compiler/model.js';
import type { Leadership } from '../runner/leader.js';
import type { Runner } from '../runner/runner.js';
import { partitionsOf, type StoredPartition } from './partitions.js';
import { showBorder } from '../runner/bordered-views.js';
import {
  columnNames,
  isByDay,
  isOfPartition,
  isVersioned,
  standInStatement,
  storedColumns,
  storedTables,
} from '../runner/tables.js';

/** For so many days late events are common, and a day's partition keeps their work small. */
export const DAYS_BY_DAY = 90;

/** Days of a table that are, or were, to become a month: its number, and what stood in the days. */
export interface OldMonth extends StoredPartition {
  table: string;
}

export interface OldMonthsStores {
  warehouse: Warehouse;
  clock: Clock;
  logger: Logger;
}

export class OldMonths {
  private isStopping = false;

  constructor(
    private readonly runner: Runner,
    private readonly stores: OldMonthsStores,
  ) {}

  /** No further month moves; the next night goes on. */
  stop(): void {
    this.isStopping = true;
  }

  /** What would move now, by table and oldest first. */
  async due(): Promise<OldMonth[]> {
    const models = this.runner.project.models.filter(isByDay);
    return (await Promise.all(models.map((model) => this.dueOf(model)))).flat();
  }

  /** Moves all that is due; runs come between two months. Answers what it moved. */
  async move(): Promise<OldMonth[]> {
    const moved: OldMonth[] = [];
    for (const model of this.runner.project.models.filter(isByDay)) {
      while (!this.isStopping) {
        const month = await this.runner.betweenRuns((leading) => this.moveNext(leading, model));
        if (!month) break;
        moved.push(month);
        this.stores.logger.info({ ...month }, 'Days became a month.');
      }
    }
    return moved;
  }

  /** Months by day of which every day is old. */
  private async dueOf(model: Model): Promise<OldMonth[]> {
    const { warehouse, clock } = this.stores;
    const [days] = storedTables(model);
    const border = this.runner.borders.of(model)?.replaceAll('-', '') ?? '';
    const today = DateTime.fromJSDate(clock.now(), { zone: 'utc' }).startOf('day');
    const firstByDay = today.minus({ days: DAYS_BY_DAY });
    const months = new Map<string, OldMonth>();
    for (const { partition: day, rows, bytes } of await partitionsOf(warehouse, days!)) {
      const partition = day.slice(0, 6);
      if (day < border || startOf(partition).plus({ months: 1 }) > firstByDay) continue;
      const sum = months.get(partition) ?? { table: model.name, partition, rows: 0, bytes: 0 };
      months.set(partition, { ...sum, rows: sum.rows + rows, bytes: sum.bytes + bytes });
    }
    return [...months.values()];
  }

  /** Null if no month is due. */
  private async moveNext(leadership: Leadership, model: Model): Promise<OldMonth | null> {
    await this.dropMoved(model);
    const [month] = await this.dueOf(model);
    if (!month) return null;
    const stage = `stage.${model.name.replace('.', '_')}__e${leadership.epoch}_${month.partition}`;
    try {
      await this.copy(model, month, stage);
      await leadership.confirm();
      const [, months] = storedTables(model);
      await this.command(
        `alter table ${months} replace partition ${month.partition} from ${stage}`,
      );
      await this.raiseBorder(leadership, model, month);
      await this.dropMoved(model);
      return month;
    } finally {
      await this.command(`drop table if exists ${stage} sync`);
    }
  }

  /** Every stored row of the month, superseded ones too: what reads by load time may not have. */
  private async copy(model: Model, { partition }: OldMonth, stage: string): Promise<void> {
    const [days] = storedTables(model);
    const columns = storedColumns(model).join(', ');
    await this.command(standInStatement(stage, model, partition));
    await this.command(
      `insert into ${stage} (${columns})
       select ${columns} from ${days} where ${isOfPartition(model, partition)}`,
    );
    const [source, copy] = [
      await this.sumOf(model, days!, partition),
      await this.sumOf(model, stage, partition),
    ];
    if (source.rows !== copy.rows || source.hash !== copy.hash) {
      throw new Error(
        `${model.name}: the copy of ${partition} has ${copy.rows} rows of ${source.rows} or others; ` +
          'nothing was moved, and the next night tries again.',
      );
    }
  }

  /** What readers would see of the month: how many rows, and a hash of all. */
  private sumOf(model: Model, table: string, partition: string) {
    const states = model.columns.filter(({ type }) => type.startsWith('AggregateFunction'));
    const values = columnNames(model).filter(
      (name) => !states.some((state) => state.name === name),
    );
    const final = isVersioned(model) ? 'final' : '';
    return this.stores.warehouse.queryOne<{ rows: string; hash: string }>(
      'pipeline',
      `select count() as rows, toString(sum(cityHash64(toString(tuple(${values.join(', ')}))))) as hash
       from ${table} ${final} where ${isOfPartition(model, partition)}`,
    );
  }

  /**
   * The one instant at which readers change sides is the exchange of a view. Its replacement has a
   * stage's name, so that a leader who was followed while it paused finds none. Who fails between
   * the record and the last exchange leads no longer: who leads next makes the views by the record.
   */
  private async raiseBorder(
    leadership: Leadership,
    model: Model,
    { partition }: OldMonth,
  ): Promise<void> {
    const border = startOf(partition).plus({ months: 1 }).toISODate()!;
    try {
      await this.runner.borders.raise(model.name, border, this.stores.clock.now());
      await showBorder(this.stores.warehouse, leadership, model, border);
    } catch (error) {
      await leadership.release();
      throw error;
    }
  }

  /** Days before the border: no reader sees them, and nothing comes to stand there. */
  private async dropMoved(model: Model): Promise<void> {
    const border = this.runner.borders.of(model);
    if (border === undefined) return;
    const [days] = storedTables(model);
    for (const { partition: day } of await partitionsOf(this.stores.warehouse, days!)) {
      if (day >= border.replaceAll('-', '')) return;
      await this.command(`alter table ${days} drop partition ${day}`);
    }
  }

  private command(sql: string): Promise<void> {
    return this.stores.warehouse.command('pipeline', sql);
  }
}

const startOf = (month: string) => DateTime.fromFormat(month, 'yyyyMM', { zone: 'utc' });
