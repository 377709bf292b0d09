/** GraphQL of customers: the same services as REST, in GraphQL's shapes. */
import { Args, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { RequireScope } from '../../platform/auth/access.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import {
  fromGraphql,
  toBreakdownAnswer,
  toRowsAnswer,
  toSeriesAnswer,
  toSummaryAnswer,
} from '../metrics/department-types.js';
import { camelCased } from '../metrics/camel-case.js';
import { CustomerListsService } from './customer-lists.service.js';
import { CustomersService } from './customers.service.js';
import { ClvAnswer } from './dto/clv.types.js';
import {
  CohortArgs,
  CohortsAnswer,
  MovementArgs,
  MovementsAnswer,
  SegmentsAnswer,
  TopCustomersAnswer,
} from './dto/customer-lists.types.js';
import { CustomersAnswers, CustomersArguments } from './dto/customers.types.js';
import { CustomerArgs, CustomerType, PersonalFieldType } from './dto/story.types.js';
import { PersonalService } from './personal.service.js';
import { StoryService } from './story.service.js';

const { RangeArgs, SummaryArgs, SeriesArgs, BreakdownArgs, ListArgs } = CustomersArguments;
const { SummaryAnswer, SeriesAnswer, BreakdownAnswer } = CustomersAnswers;

type ArgsOf<T extends new () => unknown> = InstanceType<T>;

/** They read rows, not aggregates: some twenty fit into one query. */
const COST = ({ childComplexity }: { childComplexity: number }) => childComplexity + 20;

@Resolver(() => CustomerType)
@RequireScope('customers:read')
export class CustomersResolver {
  constructor(
    private readonly customers: CustomersService,
    private readonly lists: CustomerListsService,
    private readonly stories: StoryService,
    private readonly persons: PersonalService,
  ) {}

  @Query(() => SummaryAnswer, { description: 'Customers of a range, compared.' })
  async customersSummary(@Args({ type: () => SummaryArgs }) args: ArgsOf<typeof SummaryArgs>) {
    return toSummaryAnswer(await this.customers.summary(fromGraphql(args)));
  }

  @Query(() => SeriesAnswer, { description: 'Customers over time.' })
  async customersSeries(@Args({ type: () => SeriesArgs }) args: ArgsOf<typeof SeriesArgs>) {
    return toSeriesAnswer(await this.customers.series(fromGraphql(args)));
  }

  @Query(() => BreakdownAnswer, { description: 'Customers by a dimension.' })
  async customersBreakdown(
    @Args({ type: () => BreakdownArgs }) args: ArgsOf<typeof BreakdownArgs>,
  ) {
    return toBreakdownAnswer(await this.customers.breakdown(fromGraphql(args)));
  }

  @Query(() => TopCustomersAnswer, {
    description: 'Customers by the net revenue of their orders in the range.',
    complexity: COST,
  })
  async customersTop(@Args({ type: () => ListArgs }) args: ArgsOf<typeof ListArgs>) {
    const { rows, meta } = toRowsAnswer(await this.lists.top(fromGraphql(args)));
    return { rows: camelCased(rows), meta };
  }

  @Query(() => SegmentsAnswer, {
    description: 'The RFM segments of today, with their net revenue in the range.',
    complexity: COST,
  })
  async customersSegments(@Args({ type: () => RangeArgs }) args: ArgsOf<typeof RangeArgs>) {
    const { rows, meta } = toRowsAnswer(await this.lists.segments(fromGraphql(args)));
    return { rows: camelCased(rows), meta };
  }

  @Query(() => MovementsAnswer, {
    description: 'Who came, stayed, came back and left, by whole periods.',
    complexity: COST,
  })
  async customersMovements(@Args({ type: () => MovementArgs }) args: ArgsOf<typeof MovementArgs>) {
    return toRowsAnswer(await this.lists.movements(fromGraphql(args)));
  }

  @Query(() => CohortsAnswer, {
    description: 'Customers by the period of their first order, and who came back.',
    complexity: COST,
  })
  async customersCohorts(@Args({ type: () => CohortArgs }) args: ArgsOf<typeof CohortArgs>) {
    const { rows, meta } = toRowsAnswer(await this.lists.cohorts(fromGraphql(args)));
    return { rows: camelCased(rows), meta };
  }

  @Query(() => ClvAnswer, {
    description: 'Lifetime value of today by deciles, its fit, and the fits of the range.',
    complexity: COST,
  })
  async customersClv(@Args({ type: () => RangeArgs }) args: ArgsOf<typeof RangeArgs>) {
    const { data, meta } = await this.lists.clv(fromGraphql(args));
    const shown = toRowsAnswer({ data: { rows: [data] }, meta });
    return { ...camelCased(data), meta: shown.meta };
  }

  @Query(() => CustomerType, {
    description: 'One customer: profile, value, orders, refunds, sessions, feedback.',
    complexity: COST,
  })
  async customer(
    @Args({ type: () => CustomerArgs }) { id }: ArgsOf<typeof CustomerArgs>,
    @CurrentCaller() caller: Caller,
  ) {
    const { data, meta } = await this.stories.story(id, caller.scopes);
    const shown = toRowsAnswer({ data: { rows: [data] }, meta });
    return { ...camelCased(data), meta: shown.meta };
  }

  @ResolveField(() => [PersonalFieldType], {
    nullable: true,
    description: 'Personal values from the vault; null without the scope pii:read. Audited.',
    complexity: COST,
  })
  personal(@Parent() { customerId }: CustomerType, @CurrentCaller() caller: Caller) {
    return this.persons.personal(customerId, caller);
  }
}
