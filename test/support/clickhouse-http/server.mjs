// Serves ClickHouse's HTTP interface in front of one chDB process, so that tests can drive the
// URL branch of the warehouse without a ClickHouse server. Run as `node server.mjs DIRECTORY`;
// only start.ts may start it. Set UV_THREADPOOL_SIZE before the start: it is the number of
// statements that run at once.

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Session, drainPending } from 'chdb';

const BODY_BYTES_MAX = 256 * 1024 * 1024;
// Bound parameters stand in the URL, and Node's default of 16 KB would refuse long lists.
const HEADER_BYTES_MAX = 1024 * 1024;
const KEEP_ALIVE_MS = 10_000;
const QUERY_BYTES_DEFAULT = 262_144;

const FAULT_MODES = new Set(['up', 'down', 'drop-after-execute']);

// These belong to the HTTP layer of a real server; the engine would refuse them as unknown.
const HTTP_ONLY = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'wait_end_of_query',
  'buffer_size',
  'send_progress_in_http_headers',
  'enable_http_compression',
  'compress',
  'decompress',
  'session_id',
  'session_timeout',
  'session_check',
  'close_session',
  'role',
  'user',
  'password',
  'quota_key',
  'client_protocol_version',
]);

const LINE_FORMAT = /\bformat\s+(?:JSONEachRow|JSONCompactEachRow|TSV|TabSeparated)\s*$/i;

const ESCAPES = {
  '\\': '\\\\',
  "'": "\\'",
  '\0': '\\0',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const inflate = promisify(gunzip);
const directory = process.argv[2];
if (directory === undefined) {
  process.stderr.write('usage: node server.mjs DIRECTORY\n');
  process.exit(2);
}

// The first session holds the engine open; each request has a session of its own beside it,
// which costs about one millisecond and cannot leak a setting into another request.
const root = new Session(directory);
const version = (await root.queryAsync('select version()', { format: 'TabSeparated' }))
  .text()
  .trim();

let faultMode = 'up';
let closing = false;
const statements = new Set();

class StatementError extends Error {
  constructor(code, name, message) {
    super(`Code: ${code}. DB::Exception: ${message}. (${name})`);
  }
}

function literal(text) {
  return `'${text.replace(/[\\'\0\b\f\n\r\t]/g, (character) => ESCAPES[character])}'`;
}

/**
 * One `SET` for all that a request carries. A parameter's URL text is bound by `SET param_x`
 * exactly as a server binds it, TSV escapes included; chDB's own binder would escape that text
 * again, and it runs all bound statements of the process one after another.
 */
function settingsStatement(params) {
  // A server demands the word `select`; the embedded engine does without it unless told.
  const assignments = ['implicit_select = 0'];
  for (const [name, value] of params) {
    if (HTTP_ONLY.has(name) || name.startsWith('http_')) continue;
    if (!/^\w+$/.test(name)) {
      throw new StatementError(115, 'UNKNOWN_SETTING', `Unknown setting '${name}'`);
    }
    assignments.push(`${name} = ${literal(value)}`);
  }
  return `set ${assignments.join(', ')}`;
}

const TOKENS = [
  String.raw`'(?:[^'\\]+|\\[\s\S]|'')*'`,
  String.raw`"(?:[^"\\]+|\\[\s\S]|"")*"`,
  '`(?:[^`\\\\]+|\\\\[\\s\\S]|``)*`',
  String.raw`--[^\n]*`,
  String.raw`\/\*[\s\S]*?\*\/`,
  String.raw`\bformat\s+\w+`,
  ';',
].join('|');
const BLANK = String.raw`(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*`;
const INSERT = new RegExp(`^${BLANK}insert\\b`, 'i');
const ONLY_BLANK = new RegExp(`^${BLANK}$`);

/**
 * A server refuses a second statement in one request and the embedded engine runs it, so a
 * migration that works here would fail in production if this did not refuse it too.
 */
function refuseSecondStatement(sql) {
  const isInsert = INSERT.test(sql);
  for (const token of sql.matchAll(new RegExp(TOKENS, 'gi'))) {
    // Behind the FORMAT of an insert stands data, in which a semicolon means nothing.
    if (isInsert && /^format\s+(?!values$)/i.test(token[0])) return;
    if (token[0] === ';' && !ONLY_BLANK.test(sql.slice(token.index + 1))) {
      const position = token.index + 1;
      throw new StatementError(
        62,
        'SYNTAX_ERROR',
        `Syntax error (Multi-statements are not allowed): failed at position ${position} (;)`,
      );
    }
  }
}

async function applySettings(session, params) {
  const statement = settingsStatement(params);
  // A server does not count parameters as query text, so they may be longer than a query.
  const isLong = Buffer.byteLength(statement) > QUERY_BYTES_DEFAULT;
  if (isLong) await session.queryAsync(`set max_query_size = ${4 * HEADER_BYTES_MAX}`);
  await session.queryAsync(statement);
  if (isLong && !params.has('max_query_size')) {
    await session.queryAsync(`set max_query_size = ${QUERY_BYTES_DEFAULT}`);
  }
}

async function execute(sql, params) {
  refuseSecondStatement(sql);
  const session = new Session(directory);
  try {
    await applySettings(session, params);
    const database = params.get('database');
    if (database) await session.queryAsync(`use \`${database.replace(/[\\`]/g, '\\$&')}\``);
    return await session.queryAsync(sql, {
      format: params.get('default_format') ?? 'TabSeparated',
    });
  } finally {
    session.close();
  }
}

async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) {
      throw new StatementError(307, 'TOO_MANY_BYTES', `The body exceeds ${BODY_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return body;
  if (encoding === 'gzip') return inflate(body, { maxOutputLength: BODY_BYTES_MAX });
  throw new StatementError(
    89,
    'UNKNOWN_COMPRESSION_METHOD',
    `Unknown content encoding '${encoding}'`,
  );
}

/** The statement of a request, and all its parameters, whichever way the client sent them. */
async function readStatement(request, url) {
  const body = await readBody(request);
  const contentType = request.headers['content-type'] ?? '';
  if (contentType.startsWith('multipart/form-data')) {
    // The client sends parameters too long for a URL as parts of a form.
    const form = await new Response(body, {
      headers: { 'content-type': contentType },
    }).formData();
    for (const [name, value] of form) url.searchParams.append(name, value);
    return { sql: url.searchParams.get('query') ?? '', rows: 0 };
  }
  const query = url.searchParams.get('query');
  const text = body.toString('utf8');
  if (query === null) return { sql: text, rows: 0 };
  // chDB does not say how many rows an insert wrote, so the lines of the body are counted.
  const rows = LINE_FORMAT.test(query) ? text.split('\n').filter((line) => line !== '').length : 0;
  return { sql: text === '' ? query : `${query}\n${text}`, rows };
}

function answerRows(response, result, writtenRows) {
  const bytes = Buffer.from(result.bytes());
  response.setHeader(
    'X-ClickHouse-Summary',
    JSON.stringify({
      read_rows: String(result.rowsRead),
      read_bytes: String(result.bytesRead),
      written_rows: String(writtenRows),
      written_bytes: '0',
      total_rows_to_read: '0',
      result_rows: String(result.rowsRead),
      result_bytes: String(result.bytesRead),
      elapsed_ns: String(Math.round(result.elapsed * 1e9)),
    }),
  );
  response.writeHead(200, { 'Content-Length': bytes.length });
  response.end(bytes);
}

function answerError(response, error) {
  const message = error instanceof Error ? error.message : String(error);
  const code = /^Code: (\d+)\. DB::Exception: /.exec(message)?.[1];
  const text =
    code === undefined
      ? `Code: 1002. DB::Exception: ${message}. (UNKNOWN_EXCEPTION)`
      : message.trimEnd();
  response.setHeader('X-ClickHouse-Exception-Code', code ?? '1002');
  response.writeHead(code === '62' ? 400 : 500, { 'Content-Type': 'text/plain; charset=UTF-8' });
  response.end(`${text} (version ${version} (official build))\n`);
}

async function handleStatement(request, response, url) {
  response.setHeader('X-ClickHouse-Query-Id', url.searchParams.get('query_id') || randomUUID());
  let result;
  let statement;
  let failure;
  // One fault is spent by one statement, decided before the statement so that none shares it.
  const isDropped = faultMode === 'drop-after-execute';
  if (isDropped) faultMode = 'up';
  try {
    statement = await readStatement(request, url);
    result = await execute(statement.sql, url.searchParams);
  } catch (error) {
    failure = error;
  }
  if (isDropped) request.socket.destroy();
  else if (result === undefined) answerError(response, failure);
  else answerRows(response, result, statement.rows);
}

async function handleFault(request, response) {
  const { mode } = JSON.parse((await readBody(request)).toString('utf8'));
  if (!FAULT_MODES.has(mode)) {
    response.writeHead(400).end(`unknown fault mode; one of ${[...FAULT_MODES].join(', ')}\n`);
    return;
  }
  faultMode = mode;
  response.writeHead(200).end('Ok.\n');
}

async function handle(request, response) {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  if (url.pathname === '/__fault' && request.method === 'POST') {
    await handleFault(request, response);
  } else if (closing || faultMode === 'down') {
    request.socket.destroy();
  } else if (url.pathname === '/ping') {
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=UTF-8' }).end('Ok.\n');
  } else if (url.pathname === '/') {
    await handleStatement(request, response, url);
  } else {
    response.writeHead(404).end(`There is no handle ${url.pathname}\n`);
  }
}

const server = createServer(
  { maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: KEEP_ALIVE_MS },
  (request, response) => {
    const handling = handle(request, response)
      // A request whose client went away has nobody left to answer.
      .catch(() => request.socket.destroy())
      .finally(() => statements.delete(handling));
    statements.add(handling);
  },
);

/** Statements that run are waited for: the engine cannot interrupt them, nor close under them. */
async function shutdown() {
  if (closing) return;
  closing = true;
  server.close();
  server.closeAllConnections();
  await Promise.allSettled([...statements]);
  await drainPending();
  root.close();
  await drainPending();
  process.exit(0);
}

process.on('SIGTERM', shutdown);
// The pipe closes when the test process ends, however it ends, so no engine outlives its test.
process.stdin.on('end', shutdown).on('close', shutdown).on('error', shutdown).resume();

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: server.address().port })}\n`);
});
