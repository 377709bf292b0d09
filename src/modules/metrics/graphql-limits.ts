/**
 * What one GraphQL query may ask for, as values, and the rules that refuse more before a resolver
 * runs. Imported by the wiring; the codes are those of the error catalogue.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import {
  GraphQLError,
  visitInParallel,
  type DocumentNode,
  type GraphQLSchema,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import {
  fieldExtensionsEstimator,
  getComplexity,
  type ComplexityEstimator,
} from 'graphql-query-complexity';
import { CodedError, type ErrorCode } from '../../contracts/errors.js';
import type { Clock } from '../../platform/clock/clock.js';
import { GRANULARITIES, MAX_POINTS, readRange } from './range.js';

export const GRAPHQL_LIMITS = Object.freeze({
  /** A dashboard's query has some hundreds; the parser stops at this one. */
  tokens: 2_000,
  /** Levels of fields, of which the schema has four. Introspection has a limit of its own. */
  depth: 8,
  /** Levels where an inline fragment counts one and a named one two. */
  nesting: 20,
  /** A dashboard has about thirty. */
  aliases: 50,
  /** Selections counted with every use of a fragment: few tokens of fragments can make millions. */
  selections: 10_000,
  /** See GRAPHQL_COSTS. Twenty usual panels cost about 210. */
  cost: 500,
});

/** What a root field costs: each is at least one query of the warehouse, and its rows are read. */
export const GRAPHQL_COSTS = Object.freeze({ rootField: 10, rowsAPoint: 100 });

type Reject = NonNullable<Parameters<typeof maxDepthRule>[0]>;

/** One error of this code, however many operations or measures go beyond the limit. */
function refuseWith(
  code: ErrorCode,
  rules: (reject: Reject) => ((context: ValidationContext) => object)[],
): ValidationRule {
  return (context) => {
    let isRefused = false;
    const report = (_: unknown, { message }: GraphQLError) => {
      if (!isRefused) context.reportError(refusal(code, message.replace('Syntax Error: ', '')));
      isRefused = true;
    };
    // A rule that throws would end as an internal error, so it reports.
    const reject = { onReject: [report], propagateOnRejection: false, exposeLimits: true };
    return visitInParallel(rules(reject).map((rule) => rule(context)));
  };
}

const { depth, nesting, aliases } = GRAPHQL_LIMITS;

/** Both count through fragments, and neither looks at directives: what is skipped counts too. */
export const GRAPHQL_LIMIT_RULES: ValidationRule[] = [
  refuseWith('query_too_deep', (reject) => [
    maxDepthRule({ ...reject, n: depth, flattenFragments: true }),
    maxDepthRule({ ...reject, n: nesting, flattenFragments: false }),
  ]),
  // The list of names that are not counted would let `__typename: anything` through.
  refuseWith('too_many_aliases', (reject) => [
    maxAliasesRule({ ...reject, n: aliases, allowList: [] }),
  ]),
];

/** Refuses an operation by its cost, which only its variables tell. */
export function graphqlCostLimit(clock: Clock): ApolloServerPlugin {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, request, operation, operationName }) {
          if (!operation) return;
          const asked = { variables: request.variables ?? {}, operationName };
          const cost = graphqlCost(schema, document, asked, clock.now());
          if (cost > GRAPHQL_LIMITS.cost) {
            throw refusal('query_too_costly', `The query costs ${Math.ceil(cost)}.`);
          }
        },
      };
    },
  };
}

/**
 * The cost of one operation: 10 a root field and 1 for every 100 rows or points that it asks for. A
 * field that does more says so itself, by the `complexity` of its decorator. A field written twice
 * counts twice, though it is answered once. Throws a GraphQLError if an argument is not valid.
 */
export function graphqlCost(
  schema: GraphQLSchema,
  query: DocumentNode,
  { variables, operationName }: { variables: object; operationName?: string | null },
  now: Date,
): number {
  const rootField: ComplexityEstimator = ({ type, field, args, childComplexity }) => {
    const isRootField = type === schema.getQueryType() && !field.name.startsWith('__');
    if (!isRootField) return childComplexity;
    const { rootField: base, rowsAPoint } = GRAPHQL_COSTS;
    return childComplexity + base + rowsAsked(args, now) / rowsAPoint;
  };
  try {
    return getComplexity({
      schema,
      query,
      variables: { ...variables },
      ...(operationName ? { operationName } : {}),
      estimators: [fieldExtensionsEstimator(), rootField],
      maxQueryNodes: GRAPHQL_LIMITS.selections,
    });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    // An argument that is not valid is a place in the query; too many selections are none.
    if (!error.nodes) throw refusal('query_too_costly', error.message);
    // Execution would answer the other fields, whose cost is then unknown.
    const extensions = { code: ApolloServerErrorCode.BAD_USER_INPUT, http: { status: 400 } };
    throw new GraphQLError(error.message, { nodes: error.nodes, extensions });
  }
}

/** Rows by `limit`, points by `granularity` and range; what a resolver will refuse is none. */
function rowsAsked(args: Record<string, unknown>, now: Date): number {
  const { limit, from, to } = args;
  if (typeof limit === 'number') return Math.max(0, limit);
  const granularity = GRANULARITIES.find((known) => known === args['granularity']);
  if (!granularity) return 0;
  try {
    const range = readRange(textOf(from), textOf(to), 'UTC', now);
    return Math.min(MAX_POINTS, range.to.diff(range.from, granularity).as(granularity));
  } catch (error) {
    if (error instanceof CodedError) return 0;
    throw error;
  }
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** The code travels inside, since Apollo writes its own over `extensions.code`. */
function refusal(code: ErrorCode, detail: string): GraphQLError {
  const originalError = new CodedError(code, detail);
  return new GraphQLError(originalError.message, {
    originalError,
    extensions: { http: { status: originalError.definition.status } },
  });
}
