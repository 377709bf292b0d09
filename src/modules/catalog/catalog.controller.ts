/** REST of the catalog: what the key's departments may see of models, lineage and metrics. */
import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Scope } from '../../contracts/scopes.js';
import { RequireScope } from '../../platform/auth/access.js';
import { CallerScopes } from '../../platform/auth/caller-scopes.js';
import { CatalogService } from './catalog.service.js';
import { CATALOG_SCOPES } from './visible.js';

const WHO =
  'Needs any read scope and shows what its departments may see: their metrics, the models that ' +
  'these read and all upstream. `pipelines:run` and `admin` see everything.';

@ApiTags('catalog')
@ApiBearerAuth()
@Controller('api/v1/catalog')
@RequireScope(...CATALOG_SCOPES)
export class CatalogController {
  constructor(private readonly catalog: CatalogService) {}

  @Get('models')
  @ApiOperation({
    summary: 'Every source and model: contract, columns, checks, neighbours, freshness, quality.',
    description: WHO,
  })
  async models(@CallerScopes() scopes: readonly Scope[]) {
    return { data: { models: await this.catalog.models(scopes) } };
  }

  @Get('models/:name')
  @ApiOperation({ summary: 'One source or model, e.g. silver.orders.', description: WHO })
  @ApiParam({ name: 'name', description: 'Layer and table.', example: 'gold.sales_15m' })
  async model(@Param('name') name: string, @CallerScopes() scopes: readonly Scope[]) {
    return { data: await this.catalog.model(name, scopes) };
  }

  @Get('lineage')
  @ApiOperation({
    summary: 'Which model reads which, and which metrics read them.',
    description: WHO,
  })
  lineage(@CallerScopes() scopes: readonly Scope[]) {
    return { data: this.catalog.lineage(scopes) };
  }

  @Get('metrics')
  @ApiOperation({
    summary: 'Every metric: formula, version, unit, owner, dimensions, models.',
    description: WHO,
  })
  metrics(@CallerScopes() scopes: readonly Scope[]) {
    return { data: { metrics: this.catalog.metrics(scopes) } };
  }
}
