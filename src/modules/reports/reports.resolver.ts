/** GraphQL of reports: the same service as REST, in GraphQL's shapes. */
import { Args, Query, Resolver } from '@nestjs/graphql';
import { RequireScope } from '../../platform/auth/access.js';
import { camelCased } from '../metrics/camel-case.js';
import { fromGraphql, toMeta } from '../metrics/department-types.js';
import { ReportArgs, ReportType } from './dto/report.types.js';
import { ReportsService } from './reports.service.js';

type ArgsOf<T extends new () => unknown> = InstanceType<T>;

@Resolver()
@RequireScope('reports:read')
export class ReportsResolver {
  constructor(private readonly reports: ReportsService) {}

  @Query(() => ReportType, {
    description: 'The executive report of a day, week or month.',
    complexity: 100,
  })
  async executiveReport(@Args({ type: () => ReportArgs }) args: ArgsOf<typeof ReportArgs>) {
    const answer = await this.reports.executive(fromGraphql(args));
    return { ...camelCased(answer.data), meta: toMeta(answer) };
  }
}
