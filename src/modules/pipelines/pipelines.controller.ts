/** REST of the pipeline, for operators and the command line. */
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../../platform/auth/access.js';
import { StartRunDto } from './pipelines.dto.js';
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
  async start(@Body() { target }: StartRunDto) {
    return { data: await this.pipelines.start(target) };
  }

  @Get('runs')
  @ApiOperation({ summary: 'The latest runs.' })
  async runs() {
    return { data: await this.pipelines.runs() };
  }

  @Get('runs/:id')
  @ApiOperation({ summary: 'One run: running, published, held or failed.' })
  async run(@Param('id') id: string) {
    return { data: await this.pipelines.findRun(id) };
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
