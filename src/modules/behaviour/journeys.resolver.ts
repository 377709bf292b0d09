/** GraphQL of journeys: the same services as REST, in GraphQL's shapes. */
import { Args, Query, Resolver } from '@nestjs/graphql';
import type { Scope } from '../../contracts/scopes.js';
import { RequireScope } from '../../platform/auth/access.js';
import { CallerScopes } from '../../platform/auth/caller-scopes.js';
import { fromGraphql, toRowsAnswer } from '../metrics/department-types.js';
import {
  FunnelAnswer,
  FunnelArgs,
  NextPageArgs,
  NextPagesAnswer,
  PathArgs,
  PathsAnswer,
  RetentionAnswer,
  RetentionArgs,
} from './dto/journeys.types.js';
import { JourneysService } from './journeys.service.js';
import { RetentionService } from './retention.service.js';

/** GraphQL's own types have checked the arguments; as classes they would be asked for rules. */
type ArgsOf<T extends new () => unknown> = InstanceType<T>;

/** They read events or sessions, not aggregates: some five fit into one query. */
const COST = ({ childComplexity }: { childComplexity: number }) => childComplexity + 90;

@Resolver()
@RequireScope('behaviour:read')
export class JourneysResolver {
  constructor(
    private readonly journeys: JourneysService,
    private readonly retentions: RetentionService,
  ) {}

  @Query(() => FunnelAnswer, {
    description: 'How far visitors get through steps.',
    complexity: COST,
  })
  async behaviourFunnel(
    @Args({ type: () => FunnelArgs }) { steps, ...args }: ArgsOf<typeof FunnelArgs>,
  ) {
    const named = steps.map(({ event, where }) => ({ event, where: where ?? [] }));
    const { rows, meta } = toRowsAnswer(
      await this.journeys.funnel({ ...fromGraphql(args), steps: named }),
    );
    const reached = rows.map((row) => ({
      ...row,
      steps: row.steps.map((step) => ({
        ...step,
        conversionRate: step.conversion_rate,
        stepConversionRate: step.step_conversion_rate,
        dropOff: step.drop_off,
        medianSeconds: step.median_seconds,
        p90Seconds: step.p90_seconds,
      })),
    }));
    return { rows: reached, meta };
  }

  @Query(() => PathsAnswer, {
    description: 'The pages with which sessions begin.',
    complexity: COST,
  })
  async behaviourPaths(@Args({ type: () => PathArgs }) args: ArgsOf<typeof PathArgs>) {
    return toRowsAnswer(await this.journeys.paths(fromGraphql(args)));
  }

  @Query(() => NextPagesAnswer, { description: 'Where a page leads.', complexity: COST })
  async behaviourNextPages(@Args({ type: () => NextPageArgs }) args: ArgsOf<typeof NextPageArgs>) {
    return toRowsAnswer(await this.journeys.nextPages(fromGraphql(args)));
  }

  @Query(() => RetentionAnswer, {
    description: 'Cohorts and who of them comes back.',
    complexity: COST,
  })
  async behaviourRetention(
    @Args({ type: () => RetentionArgs }) args: ArgsOf<typeof RetentionArgs>,
    @CallerScopes() scopes: readonly Scope[],
  ) {
    const answer = await this.retentions.retention(fromGraphql(args), scopes);
    const { rows, meta } = toRowsAnswer(answer);
    const cohorts = rows.map((row) => ({
      ...row,
      periods: row.periods.map(({ cumulative_revenue_per_member: revenue, ...period }) => ({
        ...period,
        cumulativeRevenuePerMember: revenue,
      })),
    }));
    return { rows: cohorts, meta };
  }
}
