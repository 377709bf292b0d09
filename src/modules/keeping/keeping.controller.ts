/** REST of what is kept and for how long: backups and retention. For administrators and the command line. */
import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CodedError } from '../../contracts/errors.js';
import { RequireScope } from '../../platform/auth/access.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import { AuditLog } from '../../platform/auth/audit-log.js';
import { isLocal } from '../../platform/auth/scope.guard.js';
import { BackupsService } from './backups.service.js';
import { RetentionService } from './retention.service.js';
import { StartBackupDto } from './keeping.dto.js';

interface Called {
  caller: Caller;
}

@ApiTags('keeping')
@ApiBearerAuth()
@Controller('api/v1/keeping')
@RequireScope('admin')
export class KeepingController {
  constructor(
    private readonly backups: BackupsService,
    private readonly retention: RetentionService,
    private readonly audit: AuditLog,
  ) {}

  @Post('backups')
  @HttpCode(202)
  @ApiOperation({ summary: 'Start a backup of the embedded stores; answers with its id.' })
  async backUp(
    @Body() { file, with_secret: withSecret }: StartBackupDto,
    @Req() { caller }: Called,
  ) {
    // A key may be used from anywhere; it must not say where on this machine something is written.
    if (file !== undefined && !isLocal(caller)) {
      throw new CodedError('invalid_parameter', '`file` is for the command line of this machine.');
    }
    const job = this.backups.start(withSecret ?? false, file);
    await this.audit.record(
      caller.name,
      withSecret ? 'started a backup with the secret' : 'started a backup',
      job.file,
    );
    return { data: job };
  }

  @Get('backups')
  @ApiOperation({ summary: 'The latest backups of this process.' })
  list() {
    return { data: this.backups.recent() };
  }

  @Get('backups/:id')
  @ApiOperation({ summary: 'One backup: running, done or failed, and how far it is.' })
  find(@Param('id') id: string) {
    return { data: this.backups.find(id) };
  }

  @Get('retention')
  @ApiOperation({
    summary: 'What would go by the rules of retention, and what a day of each table costs.',
  })
  async plan() {
    return { data: await this.retention.plan() };
  }

  @Post('retention/runs')
  @HttpCode(202)
  @ApiOperation({ summary: 'Let go of what is older than its rule says; answers with an id.' })
  async apply(@Req() { caller }: Called) {
    const job = this.retention.start();
    await this.audit.record(caller.name, 'applied retention', job.id);
    return { data: job };
  }

  @Get('retention/runs/:id')
  @ApiOperation({ summary: 'One retention: running, done or failed, and what went.' })
  applied(@Param('id') id: string) {
    return { data: this.retention.find(id) };
  }
}
