/** GraphQL of sales: the same service as REST, in GraphQL's shapes. */
import { Args, Query, Resolver } from '@nestjs/graphql';
import { RequireScope } from '../../platform/auth/access.js';
import {
  fromGraphql,
  toBreakdownAnswer,
  toRowsAnswer,
  toSeriesAnswer,
  toSummaryAnswer,
} from '../metrics/department-types.js';
import { PairArgs, PairsAnswer, SalesAnswers, SalesArguments } from './dto/sales.types.js';
import { SalesService } from './sales.service.js';

const { SummaryArgs, SeriesArgs, BreakdownArgs, ListArgs } = SalesArguments;
const { SummaryAnswer, SeriesAnswer, BreakdownAnswer } = SalesAnswers;

type ArgsOf<T extends new () => unknown> = InstanceType<T>;

@Resolver()
@RequireScope('sales:read')
export class SalesResolver {
  constructor(private readonly sales: SalesService) {}

  @Query(() => SummaryAnswer, { description: 'Sales of a range, compared.' })
  async salesSummary(@Args({ type: () => SummaryArgs }) args: ArgsOf<typeof SummaryArgs>) {
    return toSummaryAnswer(await this.sales.summary(fromGraphql(args)));
  }

  @Query(() => SeriesAnswer, { description: 'Sales over time.' })
  async salesSeries(@Args({ type: () => SeriesArgs }) args: ArgsOf<typeof SeriesArgs>) {
    return toSeriesAnswer(await this.sales.series(fromGraphql(args)));
  }

  @Query(() => BreakdownAnswer, { description: 'Sales by a dimension.' })
  async salesBreakdown(@Args({ type: () => BreakdownArgs }) args: ArgsOf<typeof BreakdownArgs>) {
    return toBreakdownAnswer(await this.sales.breakdown(fromGraphql(args)));
  }

  @Query(() => BreakdownAnswer, { description: 'Products by gross sales.' })
  async salesTopProducts(@Args({ type: () => ListArgs }) args: ArgsOf<typeof ListArgs>) {
    return toBreakdownAnswer(await this.sales.topProducts(fromGraphql(args)));
  }

  @Query(() => BreakdownAnswer, { description: 'Known customers by net sales.' })
  async salesTopCustomers(@Args({ type: () => ListArgs }) args: ArgsOf<typeof ListArgs>) {
    return toBreakdownAnswer(await this.sales.topCustomers(fromGraphql(args)));
  }

  @Query(() => PairsAnswer, {
    description: 'Pairs of products in the same orders.',
    complexity: ({ childComplexity }) => childComplexity + 90,
  })
  async salesBoughtTogether(@Args({ type: () => PairArgs }) args: ArgsOf<typeof PairArgs>) {
    return toRowsAnswer(await this.sales.boughtTogether(fromGraphql(args)));
  }
}
