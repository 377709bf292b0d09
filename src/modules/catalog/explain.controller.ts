/** REST of explanations: reads the query string, asks the service. */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CodedError } from '../../contracts/errors.js';
import type { Scope } from '../../contracts/scopes.js';
import { RequireScope } from '../../platform/auth/access.js';
import { CallerScopes } from '../../platform/auth/caller-scopes.js';
import { readQuery, type QueryString } from '../metrics/rest-query.js';
import { EXPLAIN_SCOPES, ExplainService } from './explain.service.js';

const optional = { required: false } as const;

@ApiTags('catalog')
@ApiBearerAuth()
@Controller('api/v1/explain')
@RequireScope(...EXPLAIN_SCOPES)
export class ExplainController {
  constructor(private readonly explanations: ExplainService) {}

  @Get()
  @ApiOperation({
    summary: 'Explain one number: definition, value, SQL, models, versions, loads, rows left out.',
    description: 'Needs the scope of the metric’s department. Counts only, no rows.',
  })
  @ApiQuery({ name: 'metric', description: 'A metric id.', example: 'gross_sales' })
  @ApiQuery({
    ...optional,
    name: 'department',
    description: 'Where several have the metric. Default: the first that the key may read.',
  })
  @ApiQuery({
    ...optional,
    name: 'from',
    description: 'First date or instant, inclusive. Default: 30 days before `to`.',
  })
  @ApiQuery({
    ...optional,
    name: 'to',
    description: 'Date or instant, exclusive. Default: the end of today.',
  })
  @ApiQuery({ ...optional, name: 'timezone', description: 'IANA timezone.' })
  @ApiQuery({ ...optional, name: 'currency', description: 'ISO 4217 code.' })
  @ApiQuery({
    ...optional,
    name: 'filter[DIMENSION]',
    description: 'Values of a dimension of the metric, separated by commas.',
  })
  explain(
    @Query() { metric, department, ...query }: QueryString,
    @CallerScopes() scopes: readonly Scope[],
  ) {
    if (metric === undefined) {
      throw new CodedError('invalid_parameter', '`metric` names the metric to explain.');
    }
    const given = {
      ...readQuery(query, ['filter']),
      metric: single('metric', metric),
      ...(department === undefined ? {} : { department: single('department', department) }),
    };
    return this.explanations.explain(given, scopes);
  }
}

function single(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new CodedError('invalid_parameter', `\`${name}\` is given more than once.`);
}
