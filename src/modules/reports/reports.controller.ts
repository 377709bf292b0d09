/** REST of reports: reads the query string, asks the services, gives the form asked for. */
import { Controller, Get, Header, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CodedError } from '../../contracts/errors.js';
import type { Answer } from '../../contracts/metric-contract.js';
import { RequireScope } from '../../platform/auth/access.js';
import { metaHeader } from '../metrics/csv.interceptor.js';
import type { QueryString } from '../metrics/rest-query.js';
import { ArchiveService } from './archive.service.js';
import { renderCsv } from './render-csv.js';
import { renderHtml } from './render-html.js';
import type { ExecutiveReport } from './report.js';
import { PERIODS, type ReportArguments } from './report-period.js';
import { ReportsService } from './reports.service.js';

const FORMATS = ['json', 'html', 'csv'] as const;
type Format = (typeof FORMATS)[number];
const PARAMETERS = ['period', 'date', 'timezone', 'currency'] as const;

const optional = (name: string, description: string, known?: readonly string[]) =>
  ApiQuery({ name, description, required: false, ...(known ? { enum: known } : {}) });

const REPORT = {
  description: '`{"data": …, "meta": …}`, one page, or a table.',
  content: {
    'application/json': { schema: { $ref: '#/components/schemas/Answer' } },
    'text/html': { schema: { type: 'string' as const } },
    'text/csv': { schema: { type: 'string' as const } },
  },
};

@ApiTags('reports')
@ApiBearerAuth()
@Controller('api/v1/reports')
@RequireScope('reports:read')
export class ReportsController {
  constructor(
    private readonly reports: ReportsService,
    private readonly archive: ArchiveService,
  ) {}

  @Get('executive')
  @Header('vary', 'accept')
  @ApiOperation({ summary: 'The executive report of a day, week or month.' })
  @optional('period', 'Default: day. Weeks begin on Monday.', PERIODS)
  @optional('date', 'A date in the period. Default: the last whole one.')
  @optional('timezone', 'IANA timezone.')
  @optional('currency', 'ISO 4217 code.')
  @optional('format', 'Default: html where `Accept` prefers it, else json.', FORMATS)
  @ApiOkResponse(REPORT)
  async executive(@Query() query: QueryString, @Res({ passthrough: true }) reply: FastifyReply) {
    const format = readFormat(query, reply.request.headers.accept);
    return render(await this.reports.executive(readArguments(query)), format, reply);
  }

  @Get('archive')
  @ApiOperation({
    summary: 'Reports that were made by schedule, newest first, and their delivery.',
  })
  async list() {
    return { data: await this.archive.list() };
  }

  @Get('archive/:id')
  @Header('vary', 'accept')
  @ApiOperation({ summary: 'One of them, as it was made.' })
  @optional('format', 'Default: html where `Accept` prefers it, else json.', FORMATS)
  @ApiOkResponse(REPORT)
  async find(
    @Param('id') id: string,
    @Query() query: QueryString,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { format: _, ...rest } = query;
    refuseUnknown(rest, []);
    const format = readFormat(query, reply.request.headers.accept);
    return render(await this.archive.find(id), format, reply);
  }
}

function readArguments({ format: _, ...query }: QueryString): ReportArguments {
  refuseUnknown(query, PARAMETERS);
  return query as ReportArguments;
}

function refuseUnknown(query: QueryString, known: readonly string[]): void {
  for (const [name, value] of Object.entries(query)) {
    if (!known.includes(name)) {
      const names = [...known, 'format'].join(', ');
      throw new CodedError('unknown_parameter', `A parameter is not known here; known: ${names}.`);
    }
    if (typeof value !== 'string') {
      throw new CodedError('invalid_parameter', `\`${name}\` is given more than once.`);
    }
  }
}

function readFormat({ format }: QueryString, accept = ''): Format {
  if (format === undefined) {
    const first = accept.split(',')[0]!.split(';')[0]!.trim();
    return first === 'text/html' ? 'html' : first === 'text/csv' ? 'csv' : 'json';
  }
  const known = FORMATS.find((one) => one === format);
  if (known) return known;
  throw new CodedError('invalid_parameter', `\`format\` is one of ${FORMATS.join(', ')}.`);
}

function render(
  answer: Answer<ExecutiveReport>,
  format: Format,
  reply: FastifyReply,
): Answer<ExecutiveReport> | string {
  if (format === 'json') return answer;
  void reply.header('x-cartograph-meta', metaHeader(answer.meta));
  if (format === 'html') {
    void reply.header('content-type', 'text/html; charset=utf-8');
    return renderHtml(answer.data);
  }
  const { period, date } = answer.data;
  void reply.headers({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': `attachment; filename="cartograph-executive-${period}-${date}.csv"`,
  });
  return renderCsv(answer.data);
}
