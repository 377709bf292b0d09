/** REST of customers: reads the query string, asks the service. */
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CodedError } from '../../contracts/errors.js';
import { RequireScope } from '../../platform/auth/access.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { MetricView } from '../metrics/rest-docs.js';
import { readQuery, type QueryString } from '../metrics/rest-query.js';
import {
  CLV,
  COHORTS,
  CustomerListsService,
  MOVEMENTS,
  SEGMENTS,
  TOP,
} from './customer-lists.service.js';
import { CUSTOMERS_DEPARTMENT as CUSTOMERS } from './customers.metrics.js';
import { CustomersService } from './customers.service.js';
import { PersonalService } from './personal.service.js';
import { StoryService } from './story.service.js';

const PERIOD = ApiQuery({
  name: 'granularity',
  required: false,
  enum: ['month', 'week', 'day'],
  description: 'Length of a period in the timezone. Default: month.',
});

@ApiTags('customers')
@Controller('api/v1/customers')
@RequireScope('customers:read')
export class CustomersController {
  constructor(
    private readonly customers: CustomersService,
    private readonly lists: CustomerListsService,
    private readonly stories: StoryService,
    private readonly persons: PersonalService,
  ) {}

  @Get('summary')
  @MetricView(CUSTOMERS, 'Customers of a range, compared.', ['metrics', 'compare'])
  summary(@Query() query: QueryString) {
    return this.customers.summary(readQuery(query, ['metrics', 'compare']));
  }

  @Get('series')
  @MetricView(CUSTOMERS, 'Customers over time.', ['metrics', 'granularity'])
  series(@Query() query: QueryString) {
    return this.customers.series(readQuery(query, ['metrics', 'granularity']));
  }

  @Get('breakdown')
  @MetricView(CUSTOMERS, 'Customers by a dimension.', ['metrics', 'by', 'limit', 'cursor'])
  breakdown(@Query() query: QueryString) {
    const { by, ...given } = readQuery(query, ['metrics', 'by', 'limit', 'cursor']);
    if (by === undefined) throw new CodedError('invalid_parameter', '`by` names a dimension.');
    return this.customers.breakdown({ ...given, by });
  }

  @Get('top')
  @MetricView(TOP, 'Customers by the net revenue of their orders in the range.', ['limit'])
  top(@Query() query: QueryString) {
    return this.lists.top(readQuery(query, ['limit']));
  }

  @Get('segments')
  @MetricView(SEGMENTS, 'The RFM segments of today, with their net revenue in the range.', [])
  segments(@Query() query: QueryString) {
    return this.lists.segments(readQuery(query, []));
  }

  @Get('movements')
  @MetricView(MOVEMENTS, 'Who came, stayed, came back and left, by whole periods.', [])
  @PERIOD
  movements(@Query() query: QueryString) {
    const { currency, ...given } = readQuery(query, ['granularity']);
    if (currency === undefined) return this.lists.movements(given);
    throw new CodedError('invalid_parameter', 'Movements count people, whatever they pay in.');
  }

  @Get('cohorts')
  @MetricView(COHORTS, 'Customers by the period of their first order, and who came back.', [])
  @PERIOD
  @ApiQuery({
    name: 'periods',
    required: false,
    description: 'How many periods, 1 to 100. Default: 12.',
  })
  cohorts(@Query() { periods, ...query }: QueryString) {
    const given = readQuery(query, ['granularity']);
    return this.lists.cohorts({
      ...given,
      ...(periods === undefined ? {} : { periods: toWhole(periods) }),
    });
  }

  @Get('clv')
  @MetricView(CLV, 'Lifetime value of today by deciles, its fit, and the fits of the range.', [])
  clv(@Query() query: QueryString) {
    return this.lists.clv(readQuery(query, []));
  }

  @Get(':id')
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'One customer: profile, value, orders, refunds, sessions, feedback.',
    description:
      'Needs the scope customers:read; sessions need behaviour:read too, feedback sentiment:read, ' +
      'personal values pii:read, which is audited. They are null without it.',
  })
  @ApiOkResponse({
    description: '`{"data": …, "meta": …}`',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Answer' } } },
  })
  async story(
    @Param('id') id: string,
    @Query() query: QueryString,
    @CurrentCaller() caller: Caller,
  ) {
    const [unknown] = Object.keys(query);
    if (unknown !== undefined) {
      throw new CodedError('unknown_parameter', 'A customer is asked for by its id alone.');
    }
    const { data, meta } = await this.stories.story(id, caller.scopes);
    const personal = await this.persons.personal(data.customer_id, caller);
    return { data: { ...data, personal }, meta };
  }
}

const toWhole = (text: unknown) =>
  typeof text === 'string' && /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
