/** GraphQL of explanations: the same service as REST, in GraphQL's shapes. */
import { Args, Query, Resolver } from '@nestjs/graphql';
import type { Scope } from '../../contracts/scopes.js';
import { RequireScope } from '../../platform/auth/access.js';
import { CallerScopes } from '../../platform/auth/caller-scopes.js';
import { camelCased } from '../metrics/camel-case.js';
import { fromGraphql, toMeta } from '../metrics/department-types.js';
import { ExplainArgs, ExplanationType } from './dto/explain.types.js';
import { EXPLAIN_SCOPES, ExplainService } from './explain.service.js';

type ArgsOf<T extends new () => unknown> = InstanceType<T>;

@Resolver()
@RequireScope(...EXPLAIN_SCOPES)
export class ExplainResolver {
  constructor(private readonly explanations: ExplainService) {}

  @Query(() => ExplanationType, {
    description: 'Explain one number: needs the scope of the metric’s department.',
    // It asks seven things of the stores: some five fit into one query.
    complexity: ({ childComplexity }) => childComplexity + 90,
  })
  async explain(
    @Args({ type: () => ExplainArgs }) args: ArgsOf<typeof ExplainArgs>,
    @CallerScopes() scopes: readonly Scope[],
  ) {
    const answer = await this.explanations.explain(fromGraphql(args), scopes);
    const { query, ...rest } = answer.data;
    const parameters = Object.entries(query.parameters).map(([name, value]) => ({
      name,
      value: JSON.stringify(value),
    }));
    return { ...camelCased(rest), query: { ...query, parameters }, meta: toMeta(answer) };
  }
}
