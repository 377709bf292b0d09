/**
 * Retention: what would go by the rules, what each day costs, and letting it go. Partitions are
 * dropped whole, between two runs, and the days are published so that no cache serves them on.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../platform/clock/clock.js';
import type { ControlDb } from '../../platform/control-db/control-db.js';
import type { Logger } from '../../platform/logging/logger.js';
import type { Warehouse } from '../../platform/warehouse/warehouse.js';
import type { Model } from '../compiler/model.js';
import type { Runner } from '../runner/runner.js';
import type { Leadership } from '../runner/leader.js';
import { physicalTable, storedTables, tableOf } from '../runner/tables.js';
import { OldMonths, type OldMonth } from './old-months.js';
import { partitionsOf, type StoredPartition } from './partitions.js';
import {
  CONTROL_TABLES,
  FACT_MONTHS,
  keptFrom,
  retentionRules,
  ruleOf,
  SOURCE_TABLES,
  type RetentionConfig,
  type RetentionRule,
  type RuleId,
} from './rules.js';

/** Rows that one statement deletes, so that no lock lasts long. */
const DELETE_ROWS = 5_000;

export interface OldPartition extends StoredPartition {
  table: string;
  rule: RuleId;
}

export interface TableCost {
  table: string;
  rule: RuleId | null;
  kept_from: string | null;
  rows: number;
  bytes: number;
  days: number;
  bytes_per_day: number;
}

export interface RetentionPlan {
  rules: RetentionRule[];
  partitions: OldPartition[];
  /** Days that become a month; nothing of them goes. */
  months: OldMonth[];
  /** Old rows of the control database by table. */
  records: { table: string; kept_from: string; rows: number }[];
  costs: TableCost[];
  warnings: string[];
}

interface Kept {
  table: string;
  /** Where all of its rows are read. */
  physical: string;
  /** Where they stand. */
  stored: string[];
  rule: RuleId;
  time: string;
  keptFrom: string | null;
  model: Model | null;
}

export interface RetentionStores {
  controlDb: ControlDb;
  warehouse: Warehouse;
  config: RetentionConfig;
  clock: Clock;
  logger: Logger;
}

export class Retention {
  private readonly oldMonths: OldMonths;

  constructor(
    private readonly runner: Runner,
    private readonly stores: RetentionStores,
  ) {
    this.oldMonths = new OldMonths(runner, stores);
  }

  /** What would go now, and what is kept costs. Changes nothing. */
  async plan(): Promise<RetentionPlan> {
    const partitions: OldPartition[] = [];
    const costs: TableCost[] = [];
    for (const kept of this.tables()) {
      const standing = await this.standing(kept);
      partitions.push(...oldOf(kept, standing));
      costs.push(await this.costOf(kept, standing));
    }
    return {
      rules: retentionRules(this.stores.config),
      partitions,
      months: await this.oldMonths.due(),
      records: await this.oldRecords(),
      costs: costs.sort((a, b) => b.bytes - a.bytes),
      warnings: this.warnings(),
    };
  }

  /**
   * Lets go of what the plan names, between two runs; then old days become months, a month at a
   * time. Run again after a crash it goes on.
   */
  async apply(): Promise<RetentionPlan> {
    const applied = await this.runner.betweenRuns(async (leadership) => {
      const plan = await this.plan();
      for (const kept of this.tables()) {
        const old = plan.partitions.filter(({ table }) => table === kept.table);
        if (old.length > 0) await this.drop(leadership, kept, old);
      }
      for (const { table, kept_from: from } of plan.records) await this.deleteRecords(table, from);
      const rows = plan.partitions.reduce((sum, old) => sum + old.rows, 0);
      this.stores.logger.info({ rows, partitions: plan.partitions.length }, 'Retention applied.');
      return plan;
    });
    return { ...applied, months: await this.oldMonths.move() };
  }

  /** The move of old days ends with the month under way. */
  stop(): void {
    this.oldMonths.stop();
  }

  /** Every table that has days, with the first day that it keeps. */
  private tables(): Kept[] {
    const rules = new Map(retentionRules(this.stores.config).map((rule) => [rule.id, rule]));
    const now = this.stores.clock.now();
    const from = (rule: RuleId) => keptFrom(rules.get(rule)!.keep_months, now);
    const sources = SOURCE_TABLES.map(({ table, rule, time }) => {
      const stands = { physical: table, stored: [table] };
      return { table, ...stands, rule, time, keptFrom: from(rule), model: null };
    });
    const models = this.runner.project.models.flatMap((model): Kept[] => {
      const rule = ruleOf(model);
      if (!rule) return [];
      const stands = { physical: physicalTable(model), stored: storedTables(model) };
      const [table, time] = [model.name, model.time_column!];
      return [{ table, ...stands, rule, time, keptFrom: from(rule), model }];
    });
    return [...sources, ...models];
  }

  private async standing({ stored }: Kept): Promise<StoredPartition[]> {
    const found = stored.map((table) => partitionsOf(this.stores.warehouse, table));
    return (await Promise.all(found)).flat();
  }

  private async costOf(
    { table, physical, rule, time, keptFrom: from }: Kept,
    standing: StoredPartition[],
  ): Promise<TableCost> {
    const { days } = await this.stores.warehouse.queryOne<{ days: string }>(
      'reader',
      `select uniqExact(toDate(${time})) as days from ${physical}`,
    );
    const bytes = standing.reduce((sum, part) => sum + part.bytes, 0);
    const rows = standing.reduce((sum, part) => sum + part.rows, 0);
    return {
      ...{ table, rule, kept_from: from, rows, bytes, days: Number(days) },
      bytes_per_day: Math.round(bytes / Math.max(1, Number(days))),
    };
  }

  /** The floor rises before anything goes, so that no later run brings a part of it back. */
  private async drop(leadership: Leadership, kept: Kept, old: OldPartition[]): Promise<void> {
    const { warehouse, clock } = this.stores;
    const { model, physical, time, keptFrom: from } = kept;
    if (model) await this.runner.floors.raise(model.name, from!, clock.now());
    const publication = model && {
      model: model.name,
      partitions: await this.daysBefore(physical, time, from!),
      runId: randomUUID(),
      epoch: leadership.epoch,
    };
    const version = publication && (await this.runner.log.begin(publication));
    await leadership.confirm();
    for (const { partition } of old) {
      const table = model ? tableOf(model, partition) : physical;
      await warehouse.command('pipeline', `alter table ${table} drop partition ${partition}`);
    }
    await leadership.confirm();
    if (publication) await this.runner.log.commit(publication, version!);
  }

  private async daysBefore(table: string, time: string, day: string): Promise<string[]> {
    const { days } = await this.stores.warehouse.queryOne<{ days: string[] }>(
      'pipeline',
      `select arraySort(groupUniqArray(toString(toDate(${time})))) as days
       from ${table} where toDate(${time}) < {day:Date}`,
      { day },
    );
    return days;
  }

  private async oldRecords(): Promise<RetentionPlan['records']> {
    const now = this.stores.clock.now();
    const records = retentionRules(this.stores.config).find(({ id }) => id === 'records')!;
    const found: RetentionPlan['records'] = [];
    for (const { table, months } of CONTROL_TABLES) {
      const from = keptFrom(months ?? records.keep_months, now)!;
      const [row] = await this.stores.controlDb.dataSource.query<{ rows: string }[]>(
        `select count(*) as rows from ${table} where ${oldRecord(table)}`,
        [from],
      );
      if (row!.rows !== '0') found.push({ table, kept_from: from, rows: Number(row!.rows) });
    }
    return found;
  }

  private async deleteRecords(table: string, from: string): Promise<void> {
    const { dataSource } = this.stores.controlDb;
    for (;;) {
      const [, deleted] = await dataSource.query<[unknown[], number]>(
        `delete from ${table} where ctid in (
           select ctid from ${table} where ${oldRecord(table)} limit ${DELETE_ROWS}
         )`,
        [from],
      );
      if (deleted < DELETE_ROWS) return;
    }
  }

  private warnings(): string[] {
    const { rawRetentionMonths: raw, factRetentionMonths: facts } = this.stores.config;
    const isShort = raw !== 0 && (facts === 0 || raw < facts);
    return isShort
      ? [
          `RAW_RETENTION_MONTHS (${raw}) is less than what facts are kept (${facts || 'for ever'}; ` +
            `${FACT_MONTHS} by default): a model whose definition changes is made anew from the raw ` +
            'events, and then loses the days of which they are gone.',
        ]
      : [];
  }
}

function oldOf({ table, rule, keptFrom: from }: Kept, standing: StoredPartition[]): OldPartition[] {
  if (from === null) return [];
  const first = from.replaceAll('-', '');
  return standing
    .filter(({ partition }) => /^\d{6}(\d\d)?$/.test(partition))
    .filter(({ partition }) => partition < first.slice(0, partition.length))
    .map((old) => ({ table, rule, ...old }));
}

/** The condition of an old row; its parameter is the first day that is kept. */
function oldRecord(table: string): string {
  const { time, unless } = CONTROL_TABLES.find((known) => known.table === table)!;
  return `${time} < $1::date${unless ? ` and not (${unless})` : ''}`;
}
