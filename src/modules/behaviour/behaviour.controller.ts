/** REST of behaviour: reads the query string, asks the service. */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CodedError } from '../../contracts/errors.js';
import { RequireScope } from '../../platform/auth/access.js';
import { MetricView } from '../metrics/rest-docs.js';
import { readQuery, type QueryString } from '../metrics/rest-query.js';
import { BEHAVIOUR_DEPARTMENT as BEHAVIOUR } from './behaviour.metrics.js';
import { BehaviourService } from './behaviour.service.js';

@ApiTags('behaviour')
@Controller('api/v1/behaviour')
@RequireScope('behaviour:read')
export class BehaviourController {
  constructor(private readonly behaviour: BehaviourService) {}

  @Get('summary')
  @MetricView(BEHAVIOUR, 'Behaviour in a range, compared.', ['metrics', 'compare'])
  summary(@Query() query: QueryString) {
    return this.behaviour.summary(readQuery(query, ['metrics', 'compare']));
  }

  @Get('series')
  @MetricView(BEHAVIOUR, 'Behaviour over time.', ['metrics', 'granularity'])
  series(@Query() query: QueryString) {
    return this.behaviour.series(readQuery(query, ['metrics', 'granularity']));
  }

  @Get('breakdown')
  @MetricView(BEHAVIOUR, 'Behaviour by a dimension.', ['metrics', 'by', 'limit', 'cursor'])
  breakdown(@Query() query: QueryString) {
    const { by, ...given } = readQuery(query, ['metrics', 'by', 'limit', 'cursor']);
    if (by === undefined) throw new CodedError('invalid_parameter', '`by` names a dimension.');
    return this.behaviour.breakdown({ ...given, by });
  }
}
