/** The tables of quality: checks that failed, what was accepted, scores, reports. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The outcome of one check in one run; only failures and holds are kept. */
@Entity('quality_results')
export class QualityResult {
  @PrimaryColumn({ type: 'bigint', generated: 'identity' })
  id!: string;

  @Column({ type: 'uuid', name: 'run_id' })
  runId!: string;

  @Column({ type: 'text' })
  model!: string;

  @Column({ type: 'text', name: 'check_name' })
  checkName!: string;

  @Column({ type: 'text' })
  severity!: 'row' | 'error' | 'warn';

  @Column({ type: 'bigint', name: 'failing_rows' })
  failingRows!: string;

  /** Of how many rows; null where it was written before that was kept. */
  @Column({ type: 'bigint', name: 'total_rows', nullable: true })
  totalRows!: string | null;

  /** The partition that was judged: `all` of a table, or '' for the changed rows of one. */
  @Column({ type: 'text' })
  partition!: string;

  /** `accepted`: it failed, and a person's word published it. */
  @Column({ type: 'text' })
  outcome!: 'failed' | 'accepted';

  @Column({ type: 'timestamptz', name: 'checked_at' })
  checkedAt!: Date;
}

/** How complete and how accurate a table was when its checks were last run over it. */
@Entity('quality_scores')
export class QualityScore {
  @PrimaryColumn({ type: 'text' })
  model!: string;

  @PrimaryColumn({ type: 'timestamptz', name: 'scored_at' })
  scoredAt!: Date;

  /** The quality run that scored it. */
  @Column({ type: 'uuid', name: 'run_id', nullable: true })
  runId!: string | null;

  @Column({ type: 'bigint' })
  rows!: string;

  /** Share, 0 to 1, of the cells of required columns that are filled; null without rows. */
  @Column({ type: 'double precision', nullable: true })
  completeness!: number | null;

  /** Share, 0 to 1, of the rows that pass every row check; null without rows. */
  @Column({ type: 'double precision', nullable: true })
  accuracy!: number | null;
}

/** A failure of a check that a person accepted: it passes while no more rows than these fail. */
@Entity('accepted_checks')
export class AcceptedCheck {
  @PrimaryColumn({ type: 'text' })
  model!: string;

  @PrimaryColumn({ type: 'text', name: 'check_name' })
  checkName!: string;

  @PrimaryColumn({ type: 'text' })
  partition!: string;

  @Column({ type: 'bigint', name: 'failing_rows' })
  failingRows!: string;

  @Column({ type: 'text' })
  reason!: string;

  @Column({ type: 'text', name: 'accepted_by' })
  acceptedBy!: string;

  @Column({ type: 'uuid', name: 'run_id' })
  runId!: string;

  @Column({ type: 'timestamptz', name: 'accepted_at' })
  acceptedAt!: Date;
}

/** One quality run over all tables, with what it found. */
@Entity('quality_reports')
export class StoredQualityReport {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text', name: 'requested_by' })
  requestedBy!: string;

  @Column({ type: 'text' })
  status!: 'running' | 'made' | 'failed';

  @Column({ type: 'jsonb', nullable: true })
  document!: object | null;

  @Column({ type: 'text', nullable: true })
  error!: string | null;

  @Column({ type: 'timestamptz', name: 'started_at' })
  startedAt!: Date;

  @Column({ type: 'timestamptz', name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
