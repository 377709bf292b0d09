/** GraphQL of behaviour: the same service as REST, in GraphQL's shapes. */
import { Args, Query, Resolver } from '@nestjs/graphql';
import { RequireScope } from '../../platform/auth/access.js';
import {
  fromGraphql,
  toBreakdownAnswer,
  toSeriesAnswer,
  toSummaryAnswer,
} from '../metrics/department-types.js';
import { BehaviourAnswers, BehaviourArguments } from './dto/behaviour.types.js';
import { BehaviourService } from './behaviour.service.js';

const { SummaryArgs, SeriesArgs, BreakdownArgs } = BehaviourArguments;
const { SummaryAnswer, SeriesAnswer, BreakdownAnswer } = BehaviourAnswers;

type ArgsOf<T extends new () => unknown> = InstanceType<T>;

@Resolver()
@RequireScope('behaviour:read')
export class BehaviourResolver {
  constructor(private readonly behaviour: BehaviourService) {}

  @Query(() => SummaryAnswer, { description: 'Behaviour in a range, compared.' })
  async behaviourSummary(@Args({ type: () => SummaryArgs }) args: ArgsOf<typeof SummaryArgs>) {
    return toSummaryAnswer(await this.behaviour.summary(fromGraphql(args)));
  }

  @Query(() => SeriesAnswer, { description: 'Behaviour over time.' })
  async behaviourSeries(@Args({ type: () => SeriesArgs }) args: ArgsOf<typeof SeriesArgs>) {
    return toSeriesAnswer(await this.behaviour.series(fromGraphql(args)));
  }

  @Query(() => BreakdownAnswer, { description: 'Behaviour by a dimension.' })
  async behaviourBreakdown(
    @Args({ type: () => BreakdownArgs }) args: ArgsOf<typeof BreakdownArgs>,
  ) {
    return toBreakdownAnswer(await this.behaviour.breakdown(fromGraphql(args)));
  }
}
