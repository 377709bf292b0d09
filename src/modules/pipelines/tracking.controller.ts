/** REST of tracking: what each source sends, against what the contracts declare. */
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { TrackingReader } from '../../ingest/index.js';
import { RequireScope } from '../../platform/auth/access.js';
import { Periods } from './periods.js';
import { TrackingDto } from './rejected-events.dto.js';

const DEFAULT_DAYS = 7;

@ApiTags('pipelines')
@ApiBearerAuth()
@Controller('api/v1/pipelines/tracking')
@RequireScope('pipelines:run', 'admin')
export class TrackingController {
  constructor(
    private readonly tracking: TrackingReader,
    private readonly periods: Periods,
  ) {}

  @Get()
  @ApiOperation({
    summary:
      'By source and event: how much arrives, and which properties differ from the contract.',
  })
  async read(@Query() { source, from, to }: TrackingDto) {
    const period = this.periods.readRecent({ from, to }, DEFAULT_DAYS);
    const request = { ...period, ...(source === undefined ? {} : { source }) };
    return { data: await this.tracking.read(request) };
  }
}
