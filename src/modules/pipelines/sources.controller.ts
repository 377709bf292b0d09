/** REST of the shop's database as a source: extractions and reconciliations. */
import { Body, Controller, Get, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ShopSource } from '../../ingest/index.js';
import { RequireScope } from '../../platform/auth/access.js';
import type { Caller } from '../../platform/auth/api-keys.js';
import { StartExtractionDto, StartReconciliationDto } from './loads.dto.js';
import { view } from './loads.controller.js';
import { ReconciliationService } from './reconciliation.service.js';

@ApiTags('pipelines')
@ApiBearerAuth()
@Controller('api/v1/pipelines')
@RequireScope('pipelines:run', 'admin')
export class SourcesController {
  constructor(
    private readonly shop: ShopSource,
    private readonly reconciliations: ReconciliationService,
  ) {}

  @Post('extractions')
  @HttpCode(202)
  @ApiOperation({ summary: 'Extract from the shop database; follow it at loads/{id}.' })
  async extract(
    @Body() { full, deletions }: StartExtractionDto,
    @Req() { caller }: { caller: Caller },
  ) {
    const options = { isFull: full ?? false, withDeletions: deletions ?? false };
    return { data: view(await this.shop.submit(options, caller.name)) };
  }

  @Get('sources')
  @ApiOperation({ summary: 'Whether a shop database is connected, and under which name.' })
  sources() {
    const isConnected = this.shop.isConnected();
    const source = isConnected ? this.shop.connected().source : null;
    return { data: { shop_database: { is_connected: isConnected, source } } };
  }

  @Post('reconciliations')
  @HttpCode(202)
  @ApiOperation({ summary: 'Compare the warehouse with the shop database, order by order.' })
  reconcile(@Body() { from, to }: StartReconciliationDto) {
    return { data: this.reconciliations.start(from, to) };
  }

  @Get('reconciliations/:id')
  @ApiOperation({ summary: 'One reconciliation: by day and source both sides and what differs.' })
  reconciliation(@Param('id') id: string) {
    return { data: this.reconciliations.find(id) };
  }
}
