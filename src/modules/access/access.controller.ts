/** REST of API keys, for administrators and the command line. */
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../../platform/auth/access.js';
import { ApiKeys } from '../../platform/auth/api-keys.js';
import { CreateKeyDto, RotateKeyDto } from './access.dto.js';

const HOUR_MS = 3_600_000;

@ApiTags('access')
@ApiBearerAuth()
@Controller('api/v1/access/keys')
@RequireScope('admin')
export class AccessController {
  constructor(private readonly keys: ApiKeys) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({ summary: 'Create a key. It is shown this one time.' })
  async create(@Body() { name, scopes, source, origins }: CreateKeyDto) {
    const { key } = await this.keys.create(name, scopes, source ?? name, origins ?? []);
    return { data: { name, key, scopes } };
  }

  @Post(':name/rotation')
  @HttpCode(201)
  @ApiOperation({ summary: 'A successor of a key; the old one goes on working for a while.' })
  async rotate(@Param('name') name: string, @Body() { overlap_hours: hours }: RotateKeyDto) {
    const { key, oldExpiresAt } = await this.keys.rotate(name, hours * HOUR_MS);
    return { data: { name, key, old_expires_at: oldExpiresAt.toISOString() } };
  }

  @Get()
  @ApiOperation({ summary: 'All keys, without the keys themselves.' })
  async list() {
    return { data: await this.keys.list() };
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke every live key of this name.' })
  async revoke(@Param('name') name: string) {
    await this.keys.revoke(name);
  }
}
