/** GraphQL of runs: the same service as REST. */
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { CodedError } from '../../contracts/errors.js';
import { RequireScope } from '../../platform/auth/access.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import type { PipelineRun } from '../../platform/control-db/entities/pipeline.entities.js';
import { camelCased } from '../metrics/camel-case.js';
import { RunsArgs, RunType, StartedRunType } from './dto/runs.types.js';
import { PipelinesService } from './pipelines.service.js';

const MAX_RUNS = 200;

@Resolver()
@RequireScope('pipelines:run', 'admin')
export class RunsResolver {
  constructor(private readonly pipelines: PipelinesService) {}

  @Query(() => [RunType], { description: 'The latest runs, newest first.' })
  async pipelineRuns(@Args({ type: () => RunsArgs }) { limit, status }: RunsArgs) {
    if (limit < 1 || limit > MAX_RUNS) {
      throw new CodedError('invalid_parameter', `\`limit\` is 1 to ${MAX_RUNS}.`);
    }
    return (await this.pipelines.runs(limit, status)).map(toRun);
  }

  @Query(() => RunType, { description: 'One run with its tasks.' })
  async pipelineRun(@Args('id', { type: () => ID, description: 'Its id.' }) id: string) {
    return toRun(await this.pipelines.findRun(id));
  }

  @Mutation(() => StartedRunType, { description: 'Start a run.' })
  startRun(
    @Args('target', { description: 'A schedule, a model, or all.' }) target: string,
    @Args('accept', {
      type: () => String,
      nullable: true,
      description: 'Of a single model: publish it although checks fail, for this reason.',
    })
    accept: string | null,
    @CurrentCaller() caller: Caller,
  ) {
    return this.pipelines.start(target, caller.name, accept ?? undefined);
  }

  @Mutation(() => StartedRunType, { description: 'Make a range of days anew.' })
  startBackfill(
    @Args('from', { description: 'The first day, in UTC.' }) from: string,
    @Args('to', { description: 'The day after the last, in UTC.' }) to: string,
    @Args('target', { defaultValue: 'all', description: 'A schedule, a model, or all.' })
    target: string,
    @CurrentCaller() caller: Caller,
  ) {
    return this.pipelines.backfill(target, { from, to }, caller.name);
  }

  @Mutation(() => StartedRunType, { description: 'Stop a run between two steps.' })
  cancelRun(@Args('id', { type: () => ID, description: 'Its id.' }) id: string) {
    return this.pipelines.cancel(id);
  }

  @Mutation(() => StartedRunType, {
    description: 'Do a run again; a backfill goes on where it stopped.',
  })
  retryRun(
    @Args('id', { type: () => ID, description: 'Its id.' }) id: string,
    @CurrentCaller() caller: Caller,
  ) {
    return this.pipelines.retry(id, caller.name);
  }
}

function toRun({ models, parameters, progress, ...run }: PipelineRun) {
  const tasks = Object.entries(models).map(([model, { checkpoints = {}, ...task }]) => ({
    ...camelCased(task),
    model,
    reason: task.reason ?? null,
    checkpoints: Object.entries(checkpoints).map(([upstream, span]) => ({ upstream, ...span })),
  }));
  const { from = null, to = null, accept = null } = parameters;
  return { ...run, from, to, accepted: accept, progress: progress && camelCased(progress), tasks };
}
