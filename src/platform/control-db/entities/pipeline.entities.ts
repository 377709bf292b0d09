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
  trigger!: 'schedule' | 'request' | 'backfill';

  /** Who asked: the name of a key, or `schedule`. */
  @Column({ type: 'text', name: 'requested_by' })
  requestedBy!: string;

  @Column({ type: 'jsonb' })
  parameters!: RunParameters;

  @Column({ type: 'text' })
  status!: RunStatus;

  @Column({ type: 'bigint' })
  epoch!: string;

  @Column({ type: 'integer' })
  ticks!: number;

  @Column({ type: 'jsonb' })
  models!: Record<string, ModelRunSummary>;

  /** How far a backfill is; null for a run. */
  @Column({ type: 'jsonb', nullable: true })
  progress!: RunProgress | null;

  /** The run that this one does again. */
  @Column({ type: 'uuid', name: 'retry_of', nullable: true })
  retryOf!: string | null;

  @Column({ type: 'boolean', name: 'is_cancel_requested', default: false })
  isCancelRequested!: boolean;

  @Column({ type: 'text', nullable: true })
  error!: string | null;

  @Column({ type: 'timestamptz', name: 'started_at' })
  startedAt!: Date;

  @Column({ type: 'timestamptz', name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}

/** One that waits its turn runs as well: its epoch is 0. */
export type RunStatus = 'running' | 'published' | 'held' | 'failed' | 'cancelled';

/** What was asked for beside the target. */
export interface RunParameters {
  /** Of a backfill: the first day, and the day after the last, in UTC. */
  from?: string;
  to?: string;
  /** The reason for which failed checks were accepted. */
  accept?: string;
}

/** The steps of a backfill: a model and some days each. */
export interface RunProgress {
  done: number;
  total: number;
  /** The step under way or to come next; null at the end. */
  next: string | null;
  /** How long the rest takes if it goes on as so far; null before the first step is done. */
  remaining_ms: number | null;
}

/** What one run did to one model: a task. */
export interface ModelRunSummary {
  status: 'running' | 'published' | 'unchanged' | 'held' | 'failed' | 'skipped' | 'cancelled';
  /** How often it was begun: more than once where something passed, such as a store that was down. */
  attempts: number;
  started_at: string | null;
  duration_ms: number;
  /** Rows that its SQL made, before checks and before what stood already was left out. */
  rows_in: number;
  /** Rows published. */
  rows: number;
  quarantined: number;
  /** Size of the stages that were published, as stored. */
  bytes: number;
  partitions: number;
  /** The newest version that it published; null if none. */
  version: string | null;
  /** By upstream table: the load times that were read, after the first and up to the second. */
  checkpoints?: Record<string, { after: string; until: string }>;
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
