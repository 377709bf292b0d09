/** REST of campaigns: reads the query string, asks the services. */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import { CodedError } from '../../contracts/errors.js';
import { RequireScope } from '../../platform/auth/access.js';
import { MetricView } from '../metrics/rest-docs.js';
import { readQuery, type QueryString } from '../metrics/rest-query.js';
import { readModel, readOrderId } from './attribution-arguments.js';
import { given, readOwn } from './attribution-query.js';
import {
  BY_MODEL,
  MODEL_IDS,
  MODELS_DEPARTMENT,
  TOUCH_DEPARTMENT,
  UNMATCHED_DEPARTMENT,
} from './attribution.metrics.js';
import { AttributionService } from './attribution.service.js';
import { CAMPAIGNS_DEPARTMENT as CAMPAIGNS } from './campaigns.metrics.js';
import { CampaignsService } from './campaigns.service.js';
import { CREDIT_SURFACE } from './campaigns.surfaces.js';

const CREDIT_DIMENSIONS = CREDIT_SURFACE.dimensions.map(({ id }) => id);

const BY = ApiQuery({
  name: 'by',
  enum: CREDIT_DIMENSIONS,
  required: false,
  description: 'Dimension. Default: campaign.',
});
const LOOKBACK = ApiQuery({
  name: 'lookback',
  required: false,
  description:
    'How long before the order a session may have begun: 24h, 30d; 365d at most. Given, credits are ' +
    'reckoned anew with the sessions that are known to be the customer’s now. Left out, those that ' +
    'stand, of 30 days.',
});
const LIMIT = ApiQuery({
  name: 'limit',
  required: false,
  type: Number,
  description: 'Rows, 1 to 1,000. Default: 50.',
});

@ApiTags('campaigns')
@Controller('api/v1/campaigns')
@RequireScope('campaigns:read')
export class CampaignsController {
  constructor(
    private readonly campaigns: CampaignsService,
    private readonly attributions: AttributionService,
  ) {}

  @Get('summary')
  @MetricView(CAMPAIGNS, 'Campaigns in a range, compared.', ['metrics', 'compare'])
  summary(@Query() query: QueryString) {
    return this.campaigns.summary(readQuery(query, ['metrics', 'compare']));
  }

  @Get('series')
  @MetricView(CAMPAIGNS, 'Campaigns over time.', ['metrics', 'granularity'])
  series(@Query() query: QueryString) {
    return this.campaigns.series(readQuery(query, ['metrics', 'granularity']));
  }

  @Get('breakdown')
  @MetricView(CAMPAIGNS, 'Campaigns by a dimension.', ['metrics', 'by', 'limit', 'cursor'])
  breakdown(@Query() query: QueryString) {
    const { by, ...asked } = readQuery(query, ['metrics', 'by', 'limit', 'cursor']);
    if (by === undefined) throw new CodedError('invalid_parameter', '`by` names a dimension.');
    return this.campaigns.breakdown({ ...asked, by });
  }

  @Get('attribution')
  @MetricView(BY_MODEL.last_non_direct, 'Who is credited with orders, by one model.', [
    'metrics',
    'limit',
    'cursor',
  ])
  @ApiQuery({
    name: 'model',
    enum: MODEL_IDS,
    required: false,
    description: 'How an order is shared among the sessions before it. Default: last_non_direct.',
  })
  @BY
  @LOOKBACK
  attribution(@Query() query: QueryString) {
    const allowed = ['metrics', 'limit', 'cursor'] as const;
    const { own, common } = readOwn(query, ['model', 'by', 'lookback'], allowed);
    const { by, lookback } = own;
    return this.attributions.attribution({
      ...common,
      ...given({ by, lookback }),
      model: readModel(own.model),
    });
  }

  @Get('models')
  @MetricView(MODELS_DEPARTMENT, 'What each model credits, side by side.', ['cursor', 'filter'])
  @BY
  @LOOKBACK
  @LIMIT
  models(@Query() query: QueryString) {
    const allowed = ['limit', 'cursor', 'filter'] as const;
    const { own, common } = readOwn(query, ['by', 'lookback'], allowed);
    return this.attributions.models({ ...common, ...given(own) });
  }

  @Get('touchpoints')
  @MetricView(
    TOUCH_DEPARTMENT,
    'The sessions behind one order, and what each is credited with.',
    [],
  )
  @ApiQuery({ name: 'order_id', description: 'The shop’s id of the order.' })
  touchpoints(@Query() query: QueryString) {
    const { own } = readOwn(query, ['order_id'], []);
    return this.attributions.touchpoints({ orderId: readOrderId(own.order_id) });
  }

  @Get('unmatched')
  @MetricView(
    UNMATCHED_DEPARTMENT,
    'Spend that no session ever bore out, and campaigns of sessions without spend.',
    ['filter'],
  )
  @LIMIT
  unmatched(@Query() query: QueryString) {
    return this.attributions.unmatched(readQuery(query, ['limit', 'filter']));
  }
}
