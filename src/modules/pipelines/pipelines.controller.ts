/** REST of the pipeline, for operators and the command line. */
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../../platform/auth/access.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { ListRunsDto, StartBackfillDto, StartRunDto } from './pipelines.dto.js';
import { PipelinesService } from './pipelines.service.js';

@ApiTags('pipelines')
@ApiBearerAuth()
@Controller('api/v1/pipelines')
@RequireScope('pipelines:run', 'admin')
export class PipelinesController {
  constructor(private readonly pipelines: PipelinesService) {}

  @Post('runs')
  @HttpCode(202)
  @ApiOperation({ summary: 'Start a run; answers with its id.' })
  async start(@Body() { target, accept }: StartRunDto, @CurrentCaller() caller: Caller) {
    return { data: await this.pipelines.start(target, caller.name, accept) };
  }

  @Post('backfills')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Make a range of days anew while increments go on; follow it as a run.',
  })
  async backfill(@Body() { from, to, target }: StartBackfillDto, @CurrentCaller() caller: Caller) {
    return { data: await this.pipelines.backfill(target ?? 'all', { from, to }, caller.name) };
  }

  @Get('runs')
  @ApiOperation({ summary: 'The latest runs.' })
  async runs(@Query() { status, limit }: ListRunsDto) {
    return { data: await this.pipelines.runs(limit, status) };
  }

  @Get('runs/:id')
  @ApiOperation({
    summary: 'One run with its tasks: running, published, held, failed or cancelled.',
  })
  async run(@Param('id') id: string) {
    return { data: await this.pipelines.findRun(id) };
  }

  @Post('runs/:id/cancellation')
  @HttpCode(202)
  @ApiOperation({ summary: 'Stop a run between two steps; what was published stays.' })
  async cancel(@Param('id') id: string) {
    return { data: await this.pipelines.cancel(id) };
  }

  @Post('runs/:id/retry')
  @HttpCode(202)
  @ApiOperation({ summary: 'Do a run again; a backfill goes on where it stopped.' })
  async retry(@Param('id') id: string, @CurrentCaller() caller: Caller) {
    return { data: await this.pipelines.retry(id, caller.name) };
  }

  @Get('status')
  @ApiOperation({ summary: 'Every model: its state and as of when it is current.' })
  status() {
    return this.pipelines.status();
  }

  @Get('tables/:table/count')
  @ApiOperation({ summary: 'How many rows a table holds, e.g. silver.orders.' })
  count(@Param('table') table: string) {
    return this.pipelines.count(table);
  }
}
