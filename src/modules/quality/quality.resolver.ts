/** GraphQL of quality: the same service as REST. */
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { RequireScope } from '../../platform/auth/access.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { camelCased } from '../metrics/camel-case.js';
import { QualityReportType, QualityScoreType, StartedType } from './dto/quality.types.js';
import { QualityService } from './quality.service.js';

@Resolver()
@RequireScope('pipelines:run', 'admin')
export class QualityResolver {
  constructor(private readonly quality: QualityService) {}

  @Query(() => [QualityScoreType], {
    description: 'How complete and accurate each table was when last scored.',
    complexity: 20,
  })
  async qualityScores() {
    return (await this.quality.scores()).map(camelCased);
  }

  @Query(() => QualityReportType, {
    nullable: true,
    description: 'A quality report; the newest one if no id is given. Null while it is made.',
    complexity: 50,
  })
  async qualityReport(
    @Args('id', { type: () => ID, defaultValue: 'latest', description: 'Its id.' }) id: string,
  ) {
    const { report } = await this.quality.find(id);
    if (!report) return null;
    const { failed, warned } = report.summary;
    const held = report.held.map(({ model }) => model);
    return camelCased({ ...report, failed, warned, held });
  }

  @Mutation(() => StartedType, {
    description: 'Run every check over all tables; answers with the id of the report.',
    complexity: 50,
  })
  async startQualityReport(@CurrentCaller() caller: Caller) {
    const { id } = await this.quality.start(caller.name);
    return { id };
  }
}
