/** GraphQL of the catalog: the same service as REST, in GraphQL's shapes. */
import { Args, Query, Resolver } from '@nestjs/graphql';
import type { Scope } from '../../contracts/scopes.js';
import { RequireScope } from '../../platform/auth/access.js';
import { CallerScopes } from '../../platform/auth/caller-scopes.js';
import { camelCased } from '../metrics/camel-case.js';
import { CatalogService } from './catalog.service.js';
import {
  CatalogLineageType,
  CatalogMetricType,
  CatalogModelArgs,
  CatalogModelType,
} from './dto/catalog.types.js';
import { CATALOG_SCOPES } from './visible.js';

type ArgsOf<T extends new () => unknown> = InstanceType<T>;

@Resolver()
@RequireScope(...CATALOG_SCOPES)
export class CatalogResolver {
  constructor(private readonly catalog: CatalogService) {}

  @Query(() => [CatalogModelType], {
    description: 'Every source and model that the key may see, each after all that it reads.',
  })
  async catalogModels(@CallerScopes() scopes: readonly Scope[]) {
    return camelCased(await this.catalog.models(scopes));
  }

  @Query(() => CatalogModelType, { description: 'One source or model.' })
  async catalogModel(
    @Args({ type: () => CatalogModelArgs }) { name }: ArgsOf<typeof CatalogModelArgs>,
    @CallerScopes() scopes: readonly Scope[],
  ) {
    return camelCased(await this.catalog.model(name, scopes));
  }

  @Query(() => CatalogLineageType, {
    description: 'Which model reads which, and which metrics read them.',
  })
  catalogLineage(@CallerScopes() scopes: readonly Scope[]) {
    return this.catalog.lineage(scopes);
  }

  @Query(() => [CatalogMetricType], { description: 'Every metric that the key may see.' })
  catalogMetrics(@CallerScopes() scopes: readonly Scope[]) {
    return camelCased(this.catalog.metrics(scopes));
  }
}
