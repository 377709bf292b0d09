/** REST of API keys, for administrators and the command line. */
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RequireScope } from '../../platform/auth/access.js';
import { ApiKeys } from '../../platform/auth/api-keys.js';
import { CreateKeyDto } from './access.dto.js';

@ApiTags('access')
@ApiBearerAuth()
@Controller('api/v1/access/keys')
@RequireScope('admin')
export class AccessController {
  constructor(private readonly keys: ApiKeys) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({ summary: 'Create a key. It is shown this one time.' })
  async create(@Body() { name, scopes, source }: CreateKeyDto) {
    const { key } = await this.keys.create(name, scopes, source ?? name);
    return { data: { name, key, scopes } };
  }

  @Get()
  @ApiOperation({ summary: 'All keys, without the keys themselves.' })
  async list() {
    return { data: await this.keys.list() };
  }

  @Delete(':name')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke the live key of this name.' })
  async revoke(@Param('name') name: string) {
    await this.keys.revoke(name);
  }
}
