/** GraphQL of journeys: the same services as REST, in GraphQL's shapes. */
import { Args, Query, Resolver } from '@nestjs/graphql';
import { RequireScope } from '../../platform/auth/access.js';
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

/** Funnels read events, not aggregates: more than a usual panel. */
const COST = ({ childComplexity }: { childComplexity: number }) => childComplexity + 30;

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
  async funnel(@Args({ type: () => FunnelArgs }) { steps, ...args }: ArgsOf<typeof FunnelArgs>) {
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
  async paths(@Args({ type: () => PathArgs }) args: ArgsOf<typeof PathArgs>) {
    return toRowsAnswer(await this.journeys.paths(fromGraphql(args)));
  }

  @Query(() => NextPagesAnswer, { description: 'Where a page leads.', complexity: COST })
  async nextPages(@Args({ type: () => NextPageArgs }) args: ArgsOf<typeof NextPageArgs>) {
    return toRowsAnswer(await this.journeys.nextPages(fromGraphql(args)));
  }

  @Query(() => RetentionAnswer, {
    description: 'Cohorts and who of them comes back.',
    complexity: COST,
  })
  async retention(@Args({ type: () => RetentionArgs }) args: ArgsOf<typeof RetentionArgs>) {
    const { rows, meta } = toRowsAnswer(await this.retentions.retention(fromGraphql(args)));
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
