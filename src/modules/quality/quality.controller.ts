/** REST of quality: reports, scores, what failed, and the rows behind it. */
import { Controller, Get, Header, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CodedError } from '../../contracts/errors.js';
import { RequireScope } from '../../platform/auth/access.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { QualityService } from './quality.service.js';
import { renderHtml } from './render-html.js';

@ApiTags('quality')
@ApiBearerAuth()
@Controller('api/v1/quality')
@RequireScope('pipelines:run', 'admin')
export class QualityController {
  constructor(private readonly quality: QualityService) {}

  @Post('reports')
  @HttpCode(202)
  @ApiOperation({ summary: 'Run every check over all tables; answers with the id of the report.' })
  async start(@CurrentCaller() caller: Caller) {
    const { id } = await this.quality.start(caller.name);
    return { data: { id } };
  }

  @Get('reports')
  @ApiOperation({ summary: 'The latest quality reports.' })
  async list() {
    return { data: await this.quality.list() };
  }

  @Get('reports/:id')
  @Header('vary', 'accept')
  @ApiOperation({
    summary: 'One report by its id, or `latest`; as a page where `Accept` prefers HTML.',
  })
  @ApiQuery({ name: 'format', required: false, enum: ['json', 'html'], description: 'Its form.' })
  async find(
    @Param('id') id: string,
    @Query('format') format: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const found = await this.quality.find(id);
    if (!wantsHtml(format, reply.request.headers.accept)) return { data: found };
    if (!found.report) throw new CodedError('not_found', 'The report is not made yet.');
    void reply.header('content-type', 'text/html; charset=utf-8');
    return renderHtml(found.report);
  }

  @Get('scores')
  @ApiOperation({ summary: 'How complete and accurate each table was when last scored.' })
  async scores() {
    return { data: await this.quality.scores() };
  }

  @Get('results')
  @ApiOperation({ summary: 'The latest checks that failed or were accepted.' })
  @ApiQuery({ name: 'model', required: false, description: 'Of this model only.' })
  async results(@Query('model') model?: string) {
    return { data: await this.quality.results(model) };
  }

  @Get('models/:model/failing-rows')
  @ApiOperation({ summary: 'Up to 1,000 rows of a model that failed a check, newest first.' })
  @ApiQuery({ name: 'check', required: false, description: 'That failed this check.' })
  async failingRows(@Param('model') model: string, @Query('check') check?: string) {
    return { data: await this.quality.failingRows(model, check) };
  }
}

function wantsHtml(format: string | undefined, accept = ''): boolean {
  if (format === undefined) return accept.split(',')[0]!.split(';')[0]!.trim() === 'text/html';
  if (format === 'html' || format === 'json') return format === 'html';
  throw new CodedError('invalid_parameter', '`format` is json or html.');
}
