/** GraphQL of alerts: the same service as REST, in GraphQL's shapes. */
import { Args, Query, Resolver } from '@nestjs/graphql';
import { RequireScope } from '../../platform/auth/access.js';
import { camelCased } from '../metrics/camel-case.js';
import { AlertsService } from './alerts.service.js';
import { AlertArgs, AlertType } from './dto/alert.types.js';

type ArgsOf<T extends new () => unknown> = InstanceType<T>;

@Resolver()
@RequireScope('pipelines:run', 'admin')
export class AlertsResolver {
  constructor(private readonly alerts: AlertsService) {}

  @Query(() => [AlertType], { name: 'alerts', description: 'The newest 200, newest first.' })
  async list(@Args({ type: () => AlertArgs }) { state }: ArgsOf<typeof AlertArgs>) {
    return camelCased(await this.alerts.list(state));
  }
}
