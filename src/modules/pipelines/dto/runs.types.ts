/** The GraphQL types of runs. */
import {
  ArgsType,
  Field,
  Float,
  GraphQLISODateTime,
  ID,
  Int,
  ObjectType,
  registerEnumType,
} from '@nestjs/graphql';
import type { RunStatus } from '../../../platform/control-db/entities/pipeline.entities.js';
import { describing, enumOf } from '../../metrics/graphql-types.js';
import { RUN_STATUSES } from '../pipelines.dto.js';

const nullable = { nullable: true } as const;

const RunStatusEnum = enumOf(RUN_STATUSES);
registerEnumType(RunStatusEnum, {
  name: 'RunStatus',
  description: 'How a run stands.',
  valuesMap: describing({
    running: 'It is under way, or waits its turn.',
    published: 'All that it made is published.',
    held: 'A check kept a model back.',
    failed: 'A model failed; what stands below it was not run.',
    cancelled: 'A person stopped it.',
  }),
});

@ArgsType()
export class RunsArgs {
  @Field(() => RunStatusEnum, { ...nullable, description: 'Only runs that stand so.' })
  status?: RunStatus;

  @Field(() => Int, { defaultValue: 20, description: 'How many, at most 200.' })
  limit!: number;
}

@ObjectType('RunCheckpoint', { description: 'What a task read of an upstream table.' })
class CheckpointType {
  @Field(() => String, { description: 'The table.' })
  upstream!: string;

  @Field(() => String, { description: 'Rows loaded after this instant.' })
  after!: string;

  @Field(() => String, { description: 'Rows loaded up to this instant.' })
  until!: string;
}

@ObjectType('RunTask', { description: 'What a run did to one model.' })
class TaskType {
  @Field(() => String, { description: 'The model.' })
  model!: string;

  @Field(() => String, { description: 'published, unchanged, held, failed, skipped or cancelled.' })
  status!: string;

  @Field(() => Int, { description: 'How often it was begun.' })
  attempts!: number;

  @Field(() => String, { ...nullable, description: 'When it began; null if it did not.' })
  startedAt!: string | null;

  @Field(() => Float, { description: 'How long it took, in milliseconds.' })
  durationMs!: number;

  @Field(() => Float, { description: 'Rows that its SQL made.' })
  rowsIn!: number;

  @Field(() => Float, { description: 'Rows published.' })
  rows!: number;

  @Field(() => Float, { description: 'Rows set aside by a check.' })
  quarantined!: number;

  @Field(() => Float, { description: 'Bytes of what it published, as stored.' })
  bytes!: number;

  @Field(() => Int, { description: 'Days, or whole tables, that it published.' })
  partitions!: number;

  @Field(() => String, { ...nullable, description: 'The newest version that it published.' })
  version!: string | null;

  @Field(() => [CheckpointType], { description: 'From where to where it read.' })
  checkpoints!: CheckpointType[];

  @Field(() => String, { ...nullable, description: 'Why it is held or failed.' })
  reason!: string | null;
}

@ObjectType('RunProgress', { description: 'How far a backfill is.' })
class ProgressType {
  @Field(() => Int, { description: 'Steps done.' })
  done!: number;

  @Field(() => Int, { description: 'Steps in all.' })
  total!: number;

  @Field(() => String, { ...nullable, description: 'The step to come.' })
  next!: string | null;

  @Field(() => Float, { ...nullable, description: 'An estimate, in milliseconds.' })
  remainingMs!: number | null;
}

@ObjectType('PipelineRun', { description: 'One run; the ticks of an hour fold into one.' })
export class RunType {
  @Field(() => ID, { description: 'Its id, which rows that it made carry as _load_id.' })
  id!: string;

  @Field(() => String, { description: 'A schedule, a model, or all.' })
  target!: string;

  @Field(() => String, { description: 'schedule, request or backfill.' })
  trigger!: string;

  @Field(() => String, { description: 'Who asked for it.' })
  requestedBy!: string;

  @Field(() => RunStatusEnum, { description: 'How it stands.' })
  status!: RunStatus;

  @Field(() => Int, { description: 'Ticks that fold into it.' })
  ticks!: number;

  @Field(() => String, { ...nullable, description: 'Of a backfill: its first day.' })
  from!: string | null;

  @Field(() => String, { ...nullable, description: 'Of a backfill: the day after its last.' })
  to!: string | null;

  @Field(() => String, { ...nullable, description: 'Why failed checks were accepted.' })
  accepted!: string | null;

  @Field(() => ID, { ...nullable, description: 'The run that it does again.' })
  retryOf!: string | null;

  @Field(() => ProgressType, { ...nullable, description: 'Of a backfill: how far it is.' })
  progress!: ProgressType | null;

  @Field(() => String, { ...nullable, description: 'What went wrong.' })
  error!: string | null;

  @Field(() => GraphQLISODateTime, { description: 'When it began, or was asked for.' })
  startedAt!: Date;

  @Field(() => GraphQLISODateTime, { ...nullable, description: 'When it ended.' })
  finishedAt!: Date | null;

  @Field(() => [TaskType], { description: 'What it did, by model.' })
  tasks!: TaskType[];
}

@ObjectType('StartedRun', { description: 'A run that was asked for, or asked to stop.' })
export class StartedRunType {
  @Field(() => ID, { description: 'By which it is followed.' })
  id!: string;
}
