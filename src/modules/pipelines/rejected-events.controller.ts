/** REST of rejected events: what broke its contract, why, and its replay once the cause is mended. */
import { Body, Controller, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RejectedEvents, Replays } from '../../ingest/index.js';
import { RequireScope } from '../../platform/auth/access.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import { Periods } from './periods.js';
import { ListRejectedDto, ReplayRejectedDto, SummariseRejectedDto } from './rejected-events.dto.js';

@ApiTags('pipelines')
@ApiBearerAuth()
@Controller('api/v1/pipelines/rejected-events')
@RequireScope('pipelines:run', 'admin')
export class RejectedEventsController {
  constructor(
    private readonly rejected: RejectedEvents,
    private readonly replays: Replays,
    private readonly periods: Periods,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Rejected events with their reasons, newest first, without payloads.' })
  async list(@Query() { limit, cursor, from, to, ...filter }: ListRejectedDto) {
    const page = {
      ...(limit === undefined ? {} : { limit }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const period = this.periods.read({ from, to });
    return { data: await this.rejected.list({ ...filter, ...period }, page) };
  }

  @Get('summary')
  @ApiOperation({ summary: 'How many were rejected, by source, event, contract and first reason.' })
  async summary(@Query() { from, to, ...filter }: SummariseRejectedDto) {
    const period = this.periods.read({ from, to });
    return { data: { rows: await this.rejected.summary({ ...filter, ...period }) } };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One rejected event, whole: payload (tokens for people), facts.' })
  async find(@Param('id') id: string) {
    return { data: await this.rejected.find(id) };
  }

  @Post('replay')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Store what holds now as events, each once; up to 10,000 a call, then `cursor`.',
  })
  async replay(
    @Body() { from, to, ...selection }: ReplayRejectedDto,
    @Req() { caller }: { caller: Caller },
  ) {
    const period = this.periods.read({ from, to });
    return { data: await this.replays.replay({ ...selection, ...period }, caller.name) };
  }
}
