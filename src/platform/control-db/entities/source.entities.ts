/** The tables of loads, extractions and reconciliations. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Rows by what became of them; `read` is the sum of the others. */
export interface LoadCounts {
  read: number;
  loaded: number;
  ignored: number;
  rejected: number;
  unchanged: number;
}

export const NO_COUNTS: Readonly<LoadCounts> = {
  read: 0,
  loaded: 0,
  ignored: 0,
  rejected: 0,
  unchanged: 0,
};

export type LoadStatus = 'uploading' | 'queued' | 'running' | 'done' | 'failed';

/** One load of a file, or one extraction from the shop's database. */
@Entity('loads')
export class Load {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  kind!: 'file' | 'extraction';

  /** What the rows are unless a branch of the mapping says otherwise. */
  @Column({ type: 'text', nullable: true })
  entity!: string | null;

  @Column({ type: 'text' })
  source!: string;

  @Column({ type: 'text', name: 'file_name', nullable: true })
  fileName!: string | null;

  @Column({ type: 'text', nullable: true })
  mapping!: string | null;

  @Column({ type: 'text' })
  status!: LoadStatus;

  @Column({ type: 'bigint', name: 'uploaded_bytes' })
  uploadedBytes!: string;

  /** Known once the file was checked. */
  @Column({ type: 'bigint', name: 'rows_total', nullable: true })
  rowsTotal!: string | null;

  /** All rows up to this line are durable; a load that was cut off goes on after it. */
  @Column({ type: 'bigint' })
  line!: string;

  @Column({ type: 'jsonb' })
  counts!: LoadCounts;

  @Column({ type: 'jsonb', nullable: true })
  error!: { code: string; detail: string } | null;

  @Column({ type: 'text', name: 'requested_by' })
  requestedBy!: string;

  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}

/** A row that was not taken: where and why in the open, the row itself only encrypted. */
@Entity('rejected_rows')
export class RejectedSourceRow {
  @PrimaryColumn({ type: 'uuid', name: 'load_id' })
  loadId!: string;

  @PrimaryColumn({ type: 'bigint' })
  line!: string;

  @PrimaryColumn({ type: 'text' })
  field!: string;

  @Column({ type: 'text' })
  code!: string;

  @Column({ type: 'text' })
  detail!: string;

  @Column({ type: 'bytea' })
  ciphertext!: Buffer;
}

/** How far one table of the shop's database has been read. */
@Entity('source_checkpoints')
export class SourceCheckpoint {
  @PrimaryColumn({ type: 'text' })
  source!: string;

  @PrimaryColumn({ type: 'text', name: 'table_name' })
  tableName!: string;

  /** Of the table's part of the mapping: another one reads the table from the beginning. */
  @Column({ type: 'text', name: 'mapping_hash' })
  mappingHash!: string;

  @Column({ type: 'jsonb' })
  position!: unknown;

  @Column({ type: 'timestamptz', name: 'saved_at' })
  savedAt!: Date;
}

/** The sums of one day on one side. Money is a decimal string. */
export interface SideTotals {
  orders: number;
  units: string;
  gross: string;
  refunds: string;
}

/** How many orders differ, and the first ids of each kind. */
export interface OrderDifferences {
  missing: number;
  extra: number;
  differing: number;
  missing_ids: string[];
  extra_ids: string[];
  differing_ids: string[];
}

/** The newest comparison of one day between the shop's database and the warehouse. */
@Entity('reconciliations')
export class Reconciliation {
  @PrimaryColumn({ type: 'text' })
  source!: string;

  @PrimaryColumn({ type: 'date' })
  day!: string;

  @Column({ type: 'jsonb' })
  shop!: SideTotals;

  @Column({ type: 'jsonb' })
  warehouse!: SideTotals;

  @Column({ type: 'jsonb' })
  differences!: OrderDifferences;

  @Column({ type: 'boolean', name: 'is_reconciled' })
  isReconciled!: boolean;

  @Column({ type: 'timestamptz', name: 'checked_at' })
  checkedAt!: Date;
}

/** Who looked at personal data or changed what is protected. */
@Entity('audit_log')
export class AuditEntry {
  @PrimaryColumn({ type: 'bigint', generated: 'identity' })
  id!: string;

  @Column({ type: 'text' })
  actor!: string;

  @Column({ type: 'text' })
  action!: string;

  @Column({ type: 'text' })
  target!: string;

  @Column({ type: 'timestamptz', name: 'happened_at' })
  happenedAt!: Date;
}
