/** REST of loads: files uploaded in parts, started, followed; what they rejected. */
import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Param,
  ParseIntPipe,
  Post,
  Put,
  Query,
  Req,
  StreamableFile,
} from '@nestjs/common';
import { ApiBearerAuth, ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CodedError } from '../../contracts/errors.js';
import { Loads } from '../../ingest/index.js';
import { RequireScope } from '../../platform/auth/access.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import { AuditLog } from '../../platform/auth/audit-log.js';
import type { Load } from '../../platform/control-db/entities/source.entities.js';
import { CreateLoadDto, StartLoadDto } from './loads.dto.js';

interface Called {
  caller: Caller;
}

@ApiTags('pipelines')
@ApiBearerAuth()
@Controller('api/v1/pipelines/loads')
@RequireScope('pipelines:run', 'admin')
export class LoadsController {
  constructor(
    private readonly loads: Loads,
    private readonly audit: AuditLog,
  ) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({ summary: 'Create a load; its mapping is checked before a byte is sent.' })
  async create(@Body() { entity, file_name, mapping }: CreateLoadDto, @Req() { caller }: Called) {
    const given = { entity, fileName: file_name, mapping, requestedBy: caller.name };
    return { data: view(await this.loads.create(given)) };
  }

  @Put(':id/parts/:part')
  @HttpCode(204)
  @ApiConsumes('application/octet-stream')
  @ApiOperation({
    summary: 'Send a part (from 0), 8 MiB each but the last; twice changes nothing.',
  })
  async addPart(
    @Param('id') id: string,
    @Param('part', ParseIntPipe) part: number,
    @Body() body: unknown,
  ): Promise<void> {
    if (!Buffer.isBuffer(body)) {
      throw new CodedError('unsupported_content_type', 'A part is application/octet-stream.');
    }
    await this.loads.addPart(id, part, body);
  }

  @Post(':id/start')
  @HttpCode(202)
  @ApiOperation({ summary: 'Start a load that is uploaded, or one that failed, where it stopped.' })
  async start(@Param('id') id: string, @Body() { sha256 }: StartLoadDto) {
    return { data: view(await this.loads.start(id, sha256)) };
  }

  @Get()
  @ApiOperation({ summary: 'The latest loads and extractions.' })
  async list() {
    return { data: (await this.loads.recent()).map(view) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One load: its state, how far it is, what became of its rows.' })
  async find(@Param('id') id: string) {
    return { data: view(await this.loads.find(id)) };
  }

  @Get(':id/rejected')
  @ApiOperation({ summary: 'Up to 1,000 rejected rows after a line: where and why, not the rows.' })
  async rejected(@Param('id') id: string, @Query('after') after?: string) {
    const line = after === undefined ? -1 : Number(after);
    if (!Number.isSafeInteger(line)) {
      throw new CodedError('invalid_parameter', '`after` is the number of a line.');
    }
    return { data: await this.loads.rejections(id, line) };
  }

  @Get(':id/rejected/rows')
  @RequireScope('pii:read')
  @ApiOperation({ summary: 'The rejected rows themselves, as lines of JSON; audited.' })
  async rejectedRows(@Param('id') id: string, @Req() { caller }: Called): Promise<StreamableFile> {
    const load = await this.loads.find(id);
    await this.audit.record(caller.name, 'read rejected rows', `load ${load.id}`);
    return new StreamableFile(Readable.from(this.loads.rejectedRows(id)), {
      type: 'application/x-ndjson',
      disposition: `attachment; filename="rejected-${load.id}.ndjson"`,
    });
  }
}

/** What anybody who may load is shown. */
export function view(load: Load) {
  return {
    id: load.id,
    kind: load.kind,
    entity: load.entity,
    source: load.source,
    file_name: load.fileName,
    status: load.status,
    uploaded_bytes: Number(load.uploadedBytes),
    rows_total: load.rowsTotal === null ? null : Number(load.rowsTotal),
    counts: load.counts,
    error: load.error,
    requested_by: load.requestedBy,
    created_at: load.createdAt,
    finished_at: load.finishedAt,
  };
}
