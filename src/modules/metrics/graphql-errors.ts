/** GraphQL errors with the codes of the catalogue; what is not known shows nothing of itself. */
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { CodedError } from '../../contracts/errors.js';
import { log, toCodedError } from '../../platform/http/problem.filter.js';
import type { Logger } from '../../platform/logging/logger.js';

/** What Apollo itself refuses before a resolver runs: its words quote the query, not data. */
const REQUEST_ERRORS = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'OPERATION_RESOLUTION_FAILURE',
]);

/** The parser's words for `maxTokens`; it gives them no code. */
const TOO_MANY_TOKENS = /Document contains more tha[nt] \d+ tokens/;

export function graphqlErrors(logger: Logger) {
  return (formatted: GraphQLFormattedError, raw: unknown): GraphQLFormattedError => {
    const cause = causeOf(raw);
    const apolloCode = formatted.extensions?.['code'];
    const isRequestError = typeof apolloCode === 'string' && REQUEST_ERRORS.has(apolloCode);
    const error =
      isRequestError && !(cause instanceof CodedError)
        ? requestError(formatted.message)
        : toCodedError(cause);
    log(logger, error, cause, 'graphql');
    const { title, remedy, status } = error.definition;
    const detail = `${error.detail} ${remedy}`.trim();
    return {
      message: `${title}. ${detail}`,
      ...(formatted.path ? { path: formatted.path } : {}),
      ...(formatted.locations ? { locations: formatted.locations } : {}),
      extensions: { code: error.code, status },
    };
  };
}

/** What a resolver threw, or the code that a limit put inside its error. */
function causeOf(raw: unknown): unknown {
  const cause = unwrapResolverError(raw);
  const isLimit = cause instanceof GraphQLError && cause.originalError instanceof CodedError;
  return isLimit ? cause.originalError : cause;
}

function requestError(message: string): CodedError {
  if (TOO_MANY_TOKENS.test(message)) return new CodedError('query_too_large', '');
  return new CodedError('invalid_query', message);
}
