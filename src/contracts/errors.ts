/**
 * Every error a caller can meet, in one place: HTTP status, log level, a title for people and what
 * the caller can do about it. REST answers carry them as `application/problem+json`, GraphQL as
 * `extensions.code`; the codes are the same on both.
 */
export type ErrorLevel = 'debug' | 'info' | 'warn' | 'error';

export interface ErrorDefinition {
  status: number;
  level: ErrorLevel;
  title: string;
  remedy: string;
}

const define = <Code extends string>(catalogue: Record<Code, ErrorDefinition>) =>
  Object.freeze(catalogue);

const caller = (status: number, title: string, remedy: string): ErrorDefinition => ({
  status,
  level: 'info',
  title,
  remedy,
});

const ours = (status: number, title: string, remedy: string): ErrorDefinition => ({
  status,
  level: 'error',
  title,
  remedy,
});

export const ERRORS = define({
  malformed_json: caller(400, 'The body is not valid JSON', 'Send one well-formed JSON object.'),
  malformed_body: caller(
    400,
    'The body cannot be read',
    'Send the body whole, as plain JSON or as gzip.',
  ),
  too_deep: caller(400, 'The JSON is nested too deeply', 'Flatten the properties you send.'),
  forbidden_key: caller(
    400,
    'The JSON holds a forbidden key',
    'Remove `__proto__`, `constructor` and `prototype` keys.',
  ),
  number_out_of_range: caller(
    400,
    'A number cannot be stored exactly',
    'Send identifiers and numbers beyond 2^53 as strings.',
  ),
  invalid_event: caller(
    400,
    'The event is not acceptable',
    'Correct the event as the detail says.',
  ),
  invalid_batch: caller(
    400,
    'The batch is not acceptable',
    'Send {"batch":[…]} with 1 to 2,500 event objects.',
  ),
  request_too_large: caller(
    413,
    'The request is too large',
    'Send at most 500 KB a request (4 MB inflated), 4 MiB of lines to /v1/events (20,000 lines, ' +
      '32 MiB inflated), and at most 8 MiB a part of a file.',
  ),
  event_too_large: caller(413, 'The event is too large', 'Send at most 32 KB an event.'),
  unsupported_content_type: caller(
    415,
    'The content type is not supported',
    'Send `content-type: application/json`; the collector also takes text/plain.',
  ),
  unsupported_content_encoding: caller(
    415,
    'The content encoding is not supported',
    'Send the body plain or with `content-encoding: gzip`.',
  ),
  request_timeout: caller(
    408,
    'The request did not arrive in time',
    'Send the headers within 10 seconds and the body within 15.',
  ),
  malformed_request: caller(400, 'The request is not valid HTTP', 'Send well-formed HTTP/1.1.'),
  headers_too_large: caller(
    431,
    'The headers are too large',
    'Send at most 16 KB of headers; drop cookies that the service does not read.',
  ),
  rate_limited: caller(
    429,
    'Too many requests',
    'Send the same request again after the seconds in Retry-After.',
  ),
  unauthorized: caller(
    401,
    'The key is missing or not valid',
    'Create a key with `cartograph keys create NAME --scopes …` and send it with the request.',
  ),
  forbidden: caller(
    403,
    'The key lacks the scope',
    'Use a key that carries the scope named in the detail.',
  ),
  not_found: caller(404, 'Not found', 'Check the name and the path; /docs lists the paths.'),
  unknown_parameter: caller(400, 'Unknown parameter', 'Use one of the parameters named in /docs.'),
  invalid_parameter: caller(400, 'A parameter is not valid', 'Correct it as the detail says.'),
  unknown_metric: caller(400, 'Unknown metric', 'Use one of the metric ids in docs/metrics.md.'),
  unknown_dimension: caller(400, 'Unknown dimension', 'Use one of the dimensions in the detail.'),
  dimension_not_allowed: caller(
    400,
    'The metric cannot be split by this dimension',
    'Use one of the dimensions that the detail names for the metric.',
  ),
  invalid_range: caller(
    400,
    'The range is not valid',
    'Give `from` before `to`, as dates (YYYY-MM-DD) or ISO instants.',
  ),
  range_too_long: caller(
    400,
    'The range has too many points',
    'Ask for a shorter range or a coarser granularity; at most 10,000 points.',
  ),
  unknown_timezone: caller(400, 'Unknown timezone', 'Use an IANA timezone such as Europe/Vienna.'),
  unknown_currency: caller(400, 'Unknown currency', 'Use an ISO 4217 code such as EUR.'),
  currency_without_rate: caller(
    422,
    'No orders and no rate in this currency',
    'Ask for a currency in which orders exist.',
  ),
  run_is_over: caller(409, 'The run is over', 'Retry it, or start another.'),
  run_is_open: caller(409, 'The run goes on', 'Wait for its end, or cancel it first.'),
  unknown_model: caller(
    404,
    'Unknown model or table',
    'Use a name that `cartograph status` lists.',
  ),
  invalid_scopes: caller(
    400,
    'The scopes are not valid',
    'Name known scopes; `events:write` stands alone.',
  ),
  key_exists: caller(
    409,
    'A key of this name exists',
    'Choose another name or revoke the old key.',
  ),
  invalid_query: caller(400, 'The GraphQL request is not valid', 'Correct it as the detail says.'),
  query_too_large: caller(
    400,
    'The GraphQL query is too long',
    'Send at most 2,000 tokens a query; ask for the rest in another request.',
  ),
  query_too_deep: caller(
    400,
    'The GraphQL query is nested too deeply',
    'Nest fields at most 8 levels deep, and fields with their fragments at most 20.',
  ),
  too_many_aliases: caller(
    400,
    'The GraphQL query has too many aliases',
    'Send at most 50 aliases a query; ask for the rest in another request.',
  ),
  query_too_costly: caller(
    400,
    'The GraphQL query costs too much',
    'A query may cost 500: each root field costs 10, and 1 for every 100 rows or points that it ' +
      'asks for. Ask for fewer, or for some in another request.',
  ),
  unknown_entity: caller(400, 'Unknown entity', 'Use one of the entities in the detail.'),
  invalid_mapping: caller(422, 'The mapping is not valid', 'Correct it as the detail says.'),
  unreadable_file: caller(
    422,
    'The file cannot be read',
    'Mend the file at the place that the detail names, and load it again; nothing was loaded.',
  ),
  too_many_rejected: caller(
    422,
    'Too many rows are bad',
    'Look at the reasons of the rejected rows and correct the mapping or the file.',
  ),
  wrong_state: caller(409, 'The request does not fit the state', 'Do as the detail says.'),
  external_store: caller(
    409,
    'A store is not embedded',
    "Back up that store with its own tools: pg_dump for DATABASE_URL, the server's BACKUP for " +
      'CLICKHOUSE_URL.',
  ),
  backup_unwritable: caller(
    422,
    'The backup cannot be written',
    'Name a file that does not exist yet, in a folder that the service may write to and that has ' +
      'room.',
  ),
  no_shop_database: caller(
    409,
    'No shop database is connected',
    'Set SHOP_DATABASE_URL (and SHOP_MAPPING) and start the service again.',
  ),
  source_mismatch: caller(
    422,
    'The shop database does not fit the mapping',
    'Correct the mapping (SHOP_MAPPING) as the detail says.',
  ),
  source_unavailable: {
    status: 503,
    level: 'warn',
    title: 'The shop database does not answer',
    remedy:
      'Check SHOP_DATABASE_URL and the database; the next extraction goes on where this stopped.',
  },
  busy: {
    status: 503,
    level: 'warn',
    title: 'The service is busy',
    remedy: 'Send the same request again after the seconds in Retry-After.',
  },
  shutting_down: {
    status: 503,
    level: 'info',
    title: 'The service is stopping',
    remedy: 'Send the same request again after the seconds in Retry-After.',
  },
  store_unavailable: ours(
    503,
    'A store does not answer',
    'Send the same request again after the seconds in Retry-After; /readyz names the store.',
  ),
  query_timeout: ours(504, 'The query took too long', 'Ask for a shorter range.'),
  internal: ours(
    500,
    'Something went wrong on our side',
    'Give the request id in `instance` to whoever runs this service.',
  ),
});

export type ErrorCode = keyof typeof ERRORS;

/** A detail may quote what the caller wrote, and a key may stand anywhere in it. */
const withoutKeys = (detail: string) => detail.replace(/\bck_[\w-]{8,}/g, 'ck_…');

/** The one error that services throw for a caller to see: a code and a detail safe to show. */
export class CodedError extends Error {
  readonly detail: string;

  constructor(
    readonly code: ErrorCode,
    detail: string,
    private readonly options: { cause?: unknown; retryAfterSeconds?: number } = {},
  ) {
    const shown = withoutKeys(detail);
    super(`${code}: ${shown}`, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'CodedError';
    this.detail = shown;
  }

  /** Seconds to wait before the same request may be taken; null where a retry cannot help. */
  get retryAfterSeconds(): number | null {
    if (this.options.retryAfterSeconds !== undefined) return this.options.retryAfterSeconds;
    return this.definition.status === 503 ? RETRY_AFTER_SECONDS : null;
  }

  get definition(): ErrorDefinition {
    return ERRORS[this.code];
  }
}

/** `application/problem+json` as RFC 9457 words it, plus our stable `code`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  instance: string;
}

/** Seconds a caller should wait before it sends a refused request again. */
export const RETRY_AFTER_SECONDS = 1;

export function toProblem(error: CodedError, requestId: string): Problem {
  const { status, title, remedy } = error.definition;
  return {
    type: `https://cartograph.dev/errors/${error.code}`,
    title,
    status,
    code: error.code,
    detail: `${error.detail} ${remedy}`.trim(),
    instance: `urn:request:${requestId}`,
  };
}
