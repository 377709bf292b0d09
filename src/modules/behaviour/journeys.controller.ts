/** REST of journeys: reads the query string, asks the service. */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import { CodedError } from '../../contracts/errors.js';
import type { Scope } from '../../contracts/scopes.js';
import { RequireScope } from '../../platform/auth/access.js';
import { CallerScopes } from '../../platform/auth/caller-scopes.js';
import { MetricView } from '../metrics/rest-docs.js';
import type { QueryString } from '../metrics/rest-query.js';
import { ACTIVITIES, COHORTS, ORDERS, oneOf, readPeriod } from './journey-arguments.js';
import { readFunnelSteps, readOwn, toNumber } from './journey-query.js';
import {
  FUNNEL_METRICS,
  journeyDepartment,
  NEXT_PAGE_METRICS,
  PATH_METRICS,
  RETENTION_METRICS,
} from './journeys.metrics.js';
import { JourneysService } from './journeys.service.js';
import { RetentionService } from './retention.service.js';

const optional = (name: string, description: string, known?: readonly string[]) =>
  ApiQuery({ name, description, required: false, ...(known ? { enum: known } : {}) });

@ApiTags('behaviour')
@Controller('api/v1/behaviour')
@RequireScope('behaviour:read')
export class JourneysController {
  constructor(
    private readonly journeys: JourneysService,
    private readonly retentions: RetentionService,
  ) {}

  @Get('funnel')
  @MetricView(journeyDepartment(FUNNEL_METRICS), 'How far visitors get through steps.', ['filter'])
  @ApiQuery({
    name: 'steps',
    description:
      'Two to ten events in their order, separated by commas; `page` is a page view. ' +
      '`where[2][category]=a,b` keeps events of the second step whose property has one of the ' +
      'values.',
    example: 'Product Viewed,Product Added,Order Completed',
  })
  @optional('window', 'How long after the first step the last may come. Default: 7d.')
  @optional('order', 'Strict: no event of another step comes between.', ORDERS)
  @optional('by', 'A dimension of the session in which the funnel was entered.')
  @optional('limit', 'Rows, 1 to 1,000. Default: 10.')
  funnel(@Query() query: QueryString) {
    const { steps, rest } = readFunnelSteps(query);
    const { own, common } = readOwn(rest, ['window', 'order', 'by', 'limit']);
    return this.journeys.funnel({
      ...common,
      steps,
      order: oneOf('order', own.order, ORDERS),
      ...(own.window === undefined ? {} : { window: own.window }),
      ...(own.by === undefined ? {} : { by: own.by }),
      ...numbers({ limit: own.limit }),
    });
  }

  @Get('paths')
  @MetricView(journeyDepartment(PATH_METRICS), 'The pages with which sessions begin.', ['filter'])
  @optional('length', 'How many pages of the session, 1 to 10. Default: 3.')
  @optional('limit', 'Rows, 1 to 1,000. Default: 10.')
  paths(@Query() query: QueryString) {
    const { own, common } = readOwn(query, ['length', 'limit']);
    return this.journeys.paths({ ...common, ...numbers(own) });
  }

  @Get('next-pages')
  @MetricView(journeyDepartment(NEXT_PAGE_METRICS), 'Where a page leads.', ['filter'])
  @ApiQuery({ name: 'page', description: 'The path of the page.', example: '/cart' })
  @optional('limit', 'Rows, 1 to 1,000. Default: 10.')
  nextPages(@Query() query: QueryString) {
    const { own, common } = readOwn(query, ['page', 'limit']);
    if (own.page === undefined) {
      throw new CodedError('invalid_parameter', '`page` is the path of a page.');
    }
    return this.journeys.nextPages({ ...common, page: own.page, ...numbers({ limit: own.limit }) });
  }

  @Get('retention')
  @MetricView(journeyDepartment(RETENTION_METRICS), 'Cohorts and who of them comes back.', [
    'filter',
  ])
  @optional('cohort', 'What makes a member. Filters are of the first visit.', COHORTS)
  @optional('activity', 'What counts as coming back. Revenue needs sales:read too.', ACTIVITIES)
  @optional('granularity', 'Length of a period: day, week or month. Default: week.')
  @optional('periods', 'How many periods, 1 to 100. Default: 12.')
  retention(@Query() query: QueryString, @CallerScopes() scopes: readonly Scope[]) {
    const { own, common } = readOwn(query, ['cohort', 'activity', 'granularity', 'periods']);
    const asked = {
      ...common,
      cohort: oneOf('cohort', own.cohort, COHORTS),
      activity: oneOf('activity', own.activity, ACTIVITIES),
      granularity: readPeriod(own.granularity),
      ...numbers({ periods: own.periods }),
    };
    return this.retentions.retention(asked, scopes);
  }
}

/** What is given of these, as numbers. */
function numbers<Name extends string>(given: Partial<Record<Name, string | undefined>>) {
  const entries = Object.entries<string | undefined>(given).filter(
    ([, text]) => text !== undefined,
  );
  return Object.fromEntries(entries.map(([name, text]) => [name, toNumber(text)])) as Partial<
    Record<Name, number>
  >;
}
