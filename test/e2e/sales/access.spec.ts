/** Who may call what: every route of the application, the keys API, and the operators' routes. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { SCOPES } from '../../../src/contracts/scopes.js';
import type { TestService } from '../../support/service.js';
import { startTestService } from '../../support/service.js';

/** Health, documentation, and what checks keys itself: the collector and GraphQL's resolvers. */
const PUBLIC = [
  'GET /docs',
  'GET /graphql',
  'GET /healthz',
  'GET /metrics',
  'GET /openapi.json',
  'GET /readyz',
  'GET /v1/contracts',
  'POST /graphql',
  ...['a', 'alias', 'b', 'batch', 'events', 'g', 'group', 'i', 'identify', 'p', 'page', 's'].map(
    (path) => `POST /v1/${path}`,
  ),
  ...['screen', 't', 'track', 'validate'].map((path) => `POST /v1/${path}`),
];

let service: TestService;
let admin: string;
beforeAll(async () => {
  service = await startTestService();
  admin = await service.key('admin');
});

async function call(method: string, path: string, key: string | null, body?: unknown) {
  const response = await fetch(`${service.url}${path}`, {
    method,
    headers: {
      ...(key ? { authorization: `Bearer ${key}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  expect(text).not.toMatch(/\bat \S+ \(|node_modules/);
  const json = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: response.status, code: json['code'], data: json['data'] };
}

/** `METHOD /path` of every route that Fastify knows, parameters filled in. */
function routes(): string[] {
  const fastify = service.app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  const tree = fastify.printRoutes({ commonPrefix: false });
  const stack: string[] = [];
  const found = new Set<string>();
  for (const line of tree.split('\n')) {
    const match = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?/.exec(line);
    if (!match) continue;
    const depth = match[1]!.length / 4;
    stack.splice(depth, stack.length, match[2]!);
    const path = stack.join('').replaceAll(/:\w+/g, 'x');
    for (const method of match[3]?.split(', ') ?? []) found.add(`${method} ${path}`);
  }
  return [...found].sort();
}

describe('every route', () => {
  it('answers 401 without a key, but for exactly the public ones', async () => {
    const tried = routes().filter((route) => /^(GET|HEAD|POST|PUT|PATCH|DELETE) /.test(route));
    const open: string[] = [];
    for (const route of tried) {
      const [method, path] = route.split(' ') as [string, string];
      if ((await call(method, path, null)).status !== 401) open.push(route);
    }
    // A page and the files that belong to it; Fastify answers HEAD wherever it answers GET.
    const listed = open.filter((route) => !/^GET \/docs(\/|\*|-yaml)|^HEAD /.test(route));
    expect(listed).toEqual(PUBLIC);
    const gets = tried.filter((route) => route.startsWith('GET '));
    const heads = open.filter((route) => route.startsWith('HEAD '));
    expect(gets).toEqual(
      expect.arrayContaining(heads.map((route) => route.replace('HEAD', 'GET'))),
    );
    expect(heads.filter((route) => route.includes('/api/'))).toEqual([]);
  });

  it('of openapi.json is a route of the application', async () => {
    const document = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, 'x')}`),
    );
    expect(routes()).toEqual(expect.arrayContaining(documented));
    expect(documented.length).toBeGreaterThan(15);
  });
});

describe('scopes', () => {
  it.each([
    ['GET', '/api/v1/sales/summary', ['sales:read', 'admin']],
    ['GET', '/api/v1/sales/top-customers', ['sales:read', 'admin']],
    ['GET', '/api/v1/sales/bought-together', ['sales:read', 'admin']],
    ['GET', '/api/v1/behaviour/summary', ['behaviour:read', 'admin']],
    ['GET', '/api/v1/behaviour/funnel?steps=page,page', ['behaviour:read', 'admin']],
    ['GET', '/api/v1/behaviour/retention', ['behaviour:read', 'admin']],
    ['GET', '/api/v1/pipelines/runs', ['pipelines:run', 'admin']],
    ['GET', '/api/v1/pipelines/status', ['pipelines:run', 'admin']],
    ['GET', '/api/v1/pipelines/tables/silver.orders/count', ['pipelines:run', 'admin']],
    ['GET', '/api/v1/access/keys', ['admin']],
  ])('%s %s asks for one of its own', async (method, path, allowed) => {
    for (const scope of SCOPES) {
      const { status, code } = await call(method, path, await service.key(scope));
      const expected = allowed.includes(scope) ? [200, undefined] : [403, 'forbidden'];
      expect([scope, status, code]).toEqual([scope, ...expected]);
    }
    expect((await call(method, path, 'ck_unknown')).status).toBe(401);
  });
});

describe('keys', () => {
  const keys = '/api/v1/access/keys';

  it('are made, shown once, listed and revoked', async () => {
    const made = await call('POST', keys, admin, { name: 'board', scopes: ['sales:read'] });
    const { key } = made.data as { key: string };
    expect([made.status, made.data]).toEqual([201, { name: 'board', key, scopes: ['sales:read'] }]);
    expect((await call('GET', '/api/v1/sales/summary', key)).status).toBe(200);
    const list = JSON.stringify((await call('GET', keys, admin)).data);
    expect(list).toContain('"board"');
    expect(list).not.toContain(key);
    const again = await call('POST', keys, admin, { name: 'board', scopes: ['admin'] });
    expect([again.status, again.code]).toEqual([409, 'key_exists']);
    expect((await call('DELETE', `${keys}/board`, admin)).status).toBe(204);
    expect((await call('GET', '/api/v1/sales/summary', key)).status).toBe(401);
    expect((await call('DELETE', `${keys}/board`, admin)).code).toBe('not_found');
  });

  it.each<[string, unknown, string]>([
    ['no name', { scopes: ['admin'] }, 'invalid_parameter'],
    ['an empty name', { name: '', scopes: ['admin'] }, 'invalid_parameter'],
    ['a hostile name', { name: "x'; drop", scopes: ['admin'] }, 'invalid_parameter'],
    ['a name of two lines', { name: 'x\n', scopes: ['admin'] }, 'invalid_parameter'],
    ['a long name', { name: 'x'.repeat(101), scopes: ['admin'] }, 'invalid_parameter'],
    ['scopes as text', { name: 'x', scopes: 'admin' }, 'invalid_parameter'],
    ['scopes of numbers', { name: 'x', scopes: [1] }, 'invalid_parameter'],
    ['an unknown field', { name: 'x', scopes: ['admin'], role: 'root' }, 'invalid_parameter'],
    ['an empty source', { name: 'x', scopes: ['admin'], source: '' }, 'invalid_parameter'],
    ['a source with NUL', { name: 'x', scopes: ['admin'], source: 'a\0b' }, 'invalid_parameter'],
    ['no scopes', { name: 'x', scopes: [] }, 'invalid_scopes'],
    ['an unknown scope', { name: 'x', scopes: ['root'] }, 'invalid_scopes'],
    ['company', { name: 'x', scopes: ['events:write', 'sales:read'] }, 'invalid_scopes'],
  ])('are refused with %s', async (_, body, code) => {
    expect(await call('POST', keys, admin, body)).toMatchObject({ status: 400, code });
  });

  it('of a hostile name are not found', async () => {
    for (const name of ['nobody', '%00', "x'%20or%201=1", 'x'.repeat(150)]) {
      const { status, code } = await call('DELETE', `${keys}/${name}`, admin);
      expect([name, status, code]).toEqual([name, 404, 'not_found']);
    }
  });
});

describe('the pipeline', () => {
  const pipelines = '/api/v1/pipelines';

  it.each(['silver.orders', 'gold.sales_15m', 'gold.fct_sales', 'bronze.rejected_events'])(
    'counts %s',
    async (table) => {
      const answer = await call('GET', `${pipelines}/tables/${table}/count`, admin);
      expect(answer).toMatchObject({ status: 200, data: { count: 0 } });
    },
  );

  it.each(['silver.nothing', 'silver.orders;drop', 'system.tables', '%00', 'orders', '..%2Fx'])(
    'does not count %s',
    async (table) => {
      const answer = await call('GET', `${pipelines}/tables/${table}/count`, admin);
      expect([answer.status, answer.code]).toEqual([404, 'unknown_model']);
    },
  );

  it('runs to published, and knows neither other runs nor other targets', async () => {
    const started = await call('POST', `${pipelines}/runs`, admin, { target: 'all' });
    expect(started.status).toBe(202);
    const { id } = started.data as { id: string };
    const deadline = Date.now() + 60_000;
    let status: unknown = 'running';
    while (status === 'running' && Date.now() < deadline) {
      const { data } = await call('GET', `${pipelines}/runs/${id}`, admin);
      status = (data as { status: string }).status;
    }
    expect(status).toBe('published');
    for (const unknown of [randomUUID(), 'x', "1'%20or%201=1"]) {
      const { status: found, code } = await call('GET', `${pipelines}/runs/${unknown}`, admin);
      expect([found, code]).toEqual([404, 'not_found']);
    }
    const target = await call('POST', `${pipelines}/runs`, admin, { target: 'gold.nothing' });
    expect([target.status, target.code]).toEqual([404, 'unknown_model']);
    for (const body of [{}, { target: '' }, { target: 'a;b' }, { target: ['all'] }]) {
      expect(await call('POST', `${pipelines}/runs`, admin, body)).toMatchObject({
        status: 400,
        code: 'invalid_parameter',
      });
    }
  });
});
