/** The tables of pipeline bookkeeping. */
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One run of a schedule or of named models; the streaming ticks of an hour fold into one. */
@Entity('pipeline_runs')
export class PipelineRun {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text' })
  target!: string;

  @Column({ type: 'text' })
  trigger!: 'schedule' | 'request';

  @Column({ type: 'text' })
  status!: 'running' | 'published' | 'held' | 'failed';

  @Column({ type: 'bigint' })
  epoch!: string;

  @Column({ type: 'integer' })
  ticks!: number;

  @Column({ type: 'jsonb' })
  models!: Record<string, ModelRunSummary>;

  @Column({ type: 'text', nullable: true })
  error!: string | null;

  @Column({ type: 'timestamptz', name: 'started_at' })
  startedAt!: Date;

  @Column({ type: 'timestamptz', name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}

/** What one run did to one model. */
export interface ModelRunSummary {
  status: 'published' | 'unchanged' | 'held' | 'failed' | 'skipped';
  rows: number;
  quarantined: number;
  partitions: number;
  duration_ms: number;
  reason?: string;
}

/** Where a model stands: as of when its answers hold, and whether it is held back. */
@Entity('model_states')
export class ModelState {
  @PrimaryColumn({ type: 'text' })
  model!: string;

  @Column({ type: 'text', name: 'definition_hash' })
  definitionHash!: string;

  @Column({ type: 'text' })
  status!: 'ok' | 'held' | 'failed';

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'timestamptz', name: 'as_of', nullable: true })
  asOf!: Date | null;
}

/** Up to which load time a model has read one of its upstream tables. */
@Entity('watermarks')
export class Watermark {
  @PrimaryColumn({ type: 'text' })
  model!: string;

  @PrimaryColumn({ type: 'text' })
  upstream!: string;

  @Column({ type: 'timestamptz', name: 'loaded_until' })
  loadedUntil!: Date;
}

/** The newest version of one partition (a UTC day, or `all`) of one model. */
@Entity('publish_log')
export class PublishLogEntry {
  @PrimaryColumn({ type: 'text' })
  model!: string;

  @PrimaryColumn({ type: 'text' })
  partition!: string;

  @Column({ type: 'bigint' })
  version!: string;

  @Column({ type: 'text' })
  status!: 'publishing' | 'published';

  @Column({ type: 'uuid', name: 'run_id' })
  runId!: string;

  @Column({ type: 'bigint' })
  epoch!: string;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;
}

/** The newest upstream version that a model has taken in. */
@Entity('consumed_versions')
export class ConsumedVersion {
  @PrimaryColumn({ type: 'text' })
  model!: string;

  @PrimaryColumn({ type: 'text' })
  upstream!: string;

  @Column({ type: 'bigint' })
  version!: string;
}

/** One leadership of the pipeline; the newest id is the epoch that may publish. */
@Entity('leader_epochs')
export class LeaderEpoch {
  @PrimaryColumn({ type: 'bigint', generated: 'identity' })
  id!: string;

  @Column({ type: 'text' })
  instance!: string;

  @Column({ type: 'timestamptz', name: 'acquired_at' })
  acquiredAt!: Date;
}

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
