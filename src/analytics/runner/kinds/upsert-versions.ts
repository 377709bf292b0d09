/** How an `upsert` model's delta becomes versions: what changed, what is gone, the insert. */
import type { Model } from '../../compiler/model.js';
import { bytesOf, type RunContext } from '../run-context.js';
import { columnNames, dirtyUnits, insertsOf, partitionExpression } from '../tables.js';

export interface Stages {
  /** The standing rows of the dirty keys. */
  standing: string;
  /** What a model's function made of its selected rows. */
  mapped: string;
  /** All that the dirty keys come to now. */
  computed: string;
  /** What of it differs. */
  delta: string;
}

/**
 * The standing rows that were not computed again, or now lie elsewhere. One whose
 * successor was quarantined stays: it is the last good version.
 */
export function standingRowsGone(
  model: Model,
  { standing, computed, delta }: Stages,
  passes: string,
): string {
  const key = model.key!.join(', ');
  const place = `${key}, ${partitionExpression(model)}`;
  return `from ${standing}
     where (${place}) not in (select ${place} from ${computed})
       and (${key}) not in (select ${key} from ${delta} where not (${passes}))`;
}

/** What a delta comes to. */
export interface Changed {
  /** The days on which changed rows stand now, and those on which they stood before. */
  units: string[];
  /** Those that the versions go to. */
  partitions: string[];
  rowsIn: number;
  rows: number;
  bytes: number;
}

export async function changedUnits(
  context: RunContext,
  model: Model,
  { standing, computed, delta }: Stages,
  passes: string,
  gone: string,
): Promise<Changed> {
  const days = dirtyUnits(model);
  const partition = `toString(${partitionExpression(model)})`;
  const key = model.key!.join(', ');
  const found = await context.warehouse.queryOne<{
    units: string[];
    partitions: string[];
    rows_in: string;
    rows: string;
    bytes: string;
  }>(
    'pipeline',
    `select arraySort(groupUniqArrayArray(days)) as units, sum(is_row) as rows,
       groupUniqArrayIf(partition, is_row) as partitions,
       (select count() from ${computed}) as rows_in, ${bytesOf(delta)} as bytes
     from (
       select ${days} as days, ${partition} as partition, 1 as is_row
       from ${delta} where ${passes}
       union all
       select ${days} as days, '' as partition, 0 as is_row from ${standing}
       where (${key}) in (select ${key} from ${delta} where ${passes})
       union all
       select ${days} as days, ${partition} as partition, 1 as is_row ${gone}
     )`,
  );
  return {
    units: found.units,
    partitions: found.partitions,
    rowsIn: Number(found.rows_in),
    rows: Number(found.rows),
    bytes: Number(found.bytes),
  };
}

/** A tombstone's version is below that of the row inserted with it, in whatever partition. */
export async function insertVersions(
  context: RunContext,
  model: Model,
  { delta }: Stages,
  passes: string,
  gone: string,
  { version, partitions }: { version: string; partitions: readonly string[] },
): Promise<void> {
  const columns = columnNames(model).join(', ');
  const partition = partitionExpression(model);
  const tombstone = BigInt(version) * 2n;
  for (const insert of insertsOf(model, partitions, context.borders.of(model))) {
    await context.warehouse.command(
      'pipeline',
      `insert into ${insert.table}
         (${columns}, _row_hash, _version, _is_deleted, _load_id)
       select ${columns}, _row_hash, {tombstone:UInt64}, 1, {run:UUID} ${gone}
         and toString(${partition}) in {partitions:Array(String)}
       union all
       select ${columns}, _row_hash, {row:UInt64}, 0, {run:UUID} from ${delta}
       where (${passes}) and toString(${partition}) in {partitions:Array(String)}`,
      {
        tombstone: tombstone.toString(),
        row: (tombstone + 1n).toString(),
        run: context.runId,
        partitions: insert.days,
      },
    );
  }
}
