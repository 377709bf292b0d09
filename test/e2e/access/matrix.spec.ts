/**
 * Who may read what: every key a shop hands out × every endpoint and GraphQL field, JSON and CSV,
 * also when the answer stands in the cache already. A new endpoint fails here until it has a scope.
 */
import { GraphQLSchemaHost } from '@nestjs/graphql';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputType,
} from 'graphql';
import { SCOPES, type Scope } from '../../../src/contracts/scopes.js';
import { orderCompleted, startTestService, type TestService } from '../../support/service.js';
import { postGraphql } from '../sales/client.js';

const KEYS: Record<string, readonly Scope[]> = {
  marketing: ['behaviour:read', 'campaigns:read', 'customers:read', 'sales:read'],
  support: ['sentiment:read'],
  executives: ['reports:read'],
  engineers: ['pipelines:run'],
  ...Object.fromEntries(SCOPES.map((scope) => [`only ${scope}`, [scope]])),
};

const DEPARTMENTS: readonly Scope[] = SCOPES.filter(
  (scope) => /:read$/.test(scope) && !['reports:read', 'pii:read'].includes(scope),
);
/** Whoever reads anything sees of the catalog what is behind it. */
const ANY_READ: readonly Scope[] = SCOPES.filter((scope) => scope !== 'events:write');

type OneOf = Scope | readonly Scope[];

const SCOPE_BY_PATH: readonly [RegExp, OneOf][] = [
  // The rows as the file has them.
  [/\/rejected\/rows$/, 'pii:read'],
  [/^\/api\/v1\/sales\//, 'sales:read'],
  [/^\/api\/v1\/behaviour\//, 'behaviour:read'],
  [/^\/api\/v1\/customers\//, 'customers:read'],
  [/^\/api\/v1\/campaigns\//, 'campaigns:read'],
  [/^\/api\/v1\/sentiment\//, 'sentiment:read'],
  [/^\/api\/v1\/reports\//, 'reports:read'],
  [/^\/api\/v1\/pipelines\//, 'pipelines:run'],
  [/^\/api\/v1\/alerts/, 'pipelines:run'],
  [/^\/api\/v1\/access\//, 'admin'],
  [/^\/api\/v1\/keeping\//, 'admin'],
  [/^\/api\/v1\/quality\//, 'pipelines:run'],
  [/^\/api\/v1\/catalog\//, ANY_READ],
  [/^\/api\/v1\/explain$/, DEPARTMENTS],
];

const SCOPE_BY_FIELD: readonly [RegExp, OneOf][] = [
  [/^sales/, 'sales:read'],
  [/^behaviour/, 'behaviour:read'],
  [/^customers?([A-Z]|$)/, 'customers:read'],
  [/^(campaigns?|attribution)/, 'campaigns:read'],
  [/^(sentiment|scoreSentiment)/, 'sentiment:read'],
  [/^executiveReport$/, 'reports:read'],
  [/^alerts$/, 'pipelines:run'],
  [
    /^(quality|startQualityReport$|pipelineRuns?$|(start|cancel|retry)(Run|Backfill)$)/,
    'pipelines:run',
  ],
  [/^catalog/, ANY_READ],
  [/^explain$/, DEPARTMENTS],
];

const may = (held: readonly Scope[], wanted: OneOf) =>
  [wanted].flat().some((one) => held.includes(one)) ||
  (held.includes('admin') && wanted !== 'pii:read');

let service: TestService;
/** By name; the one that may most goes first, so that the others find its answers in the cache. */
const keys: [name: string, scopes: readonly Scope[], key: string][] = [];
let routes: [method: string, path: string][];

beforeAll(async () => {
  service = await startTestService();
  const order = orderCompleted('1', { at: '2026-03-10T10:00:00Z', price: 40, user: 'user-1' });
  const review = {
    ...{ type: 'track', event: 'Product Reviewed', messageId: 'review-1', userId: 'user-1' },
    timestamp: '2026-03-11T10:00:00Z',
    properties: { product_id: 'p1', review_body: 'A wonderful mug.', rating: 5 },
  };
  const identify = {
    ...{ type: 'identify', messageId: 'identify-1', userId: 'user-1' },
    timestamp: '2026-03-10T09:00:00Z',
    traits: { email: 'jane@example.com', name: 'Jane Example' },
  };
  const batch = [identify, order, review];
  const sent = await service.post('/v1/batch', { batch }, await service.key('events:write'));
  expect(await sent.json()).toMatchObject({ accepted: 3 });
  expect(await service.run()).toMatchObject({ status: 'published', error: null });
  for (const [name, scopes] of [['admin', ['admin']] as const, ...Object.entries(KEYS)]) {
    keys.push([name, scopes, await service.key(...scopes)]);
  }
  const openapi = (await (await fetch(`${service.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  routes = Object.entries(openapi.paths)
    .filter(([path]) => path.startsWith('/api/'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method): [string, string] => [method.toUpperCase(), path]),
    );
});

function scopeOf(table: readonly [RegExp, OneOf][], name: string): OneOf {
  const found = table.find(([pattern]) => pattern.test(name));
  if (!found) throw new Error(`${name} has no scope in this matrix.`);
  return found[1];
}

const isForbidden = async (method: string, path: string, key: string) => {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${service.url}${path}`, { method, headers });
  const body = await response.text();
  if (response.status !== 403) return false;
  const { code, data } = JSON.parse(body) as Record<string, unknown>;
  expect([code, data]).toEqual(['forbidden', undefined]);
  return true;
};

describe('every endpoint', () => {
  it('answers the keys that have its scope and refuses all others', async () => {
    const wrong: string[] = [];
    let asked = 0;
    for (const [name, scopes, key] of keys) {
      for (const [method, template] of routes) {
        const isAllowed = may(scopes, scopeOf(SCOPE_BY_PATH, template));
        // What changes something is tried only by those who may not.
        if (isAllowed && method !== 'GET') continue;
        const path = template.replaceAll(/\{\w+\}/g, 'x');
        const forms = method === 'GET' ? [path, `${path}?format=csv`] : [path];
        for (const form of forms) {
          asked += 1;
          if ((await isForbidden(method, form, key)) === isAllowed) {
            wrong.push(`${name}: ${method} ${form}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(routes.length * keys.length);
  });
});

/** A value that the type takes; whether it makes sense is asked later than who asks. */
function sample(type: GraphQLInputType): string {
  if (isNonNullType(type)) return sample(type.ofType as GraphQLInputType);
  if (isListType(type)) return `[${sample(type.ofType as GraphQLInputType)}]`;
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${sample(field.type)}`).join(', ')} }`;
  }
  return { Int: '1', Float: '1', Boolean: 'true' }[getNamedType(type).name] ?? '"2026-03-01"';
}

function queryOf(kind: string, { name, args }: GraphQLField<unknown, unknown>): string {
  const required = args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${sample(arg.type)}`);
  const given = required.length > 0 ? `(${required.join(', ')})` : '';
  return `${kind} { ${name}${given} { __typename } }`;
}

describe('every field of GraphQL', () => {
  it('answers the keys that have its scope and refuses all others', async () => {
    const { schema } = service.app.get(GraphQLSchemaHost, { strict: false });
    const roots = [
      ...Object.values(schema.getQueryType()?.getFields() ?? {}).map((f) => ['query', f] as const),
      ...Object.values(schema.getMutationType()?.getFields() ?? {}).map(
        (f) => ['mutation', f] as const,
      ),
    ];
    expect(roots.length).toBeGreaterThan(15);
    const wrong: string[] = [];
    for (const [name, scopes, key] of keys) {
      for (const [kind, field] of roots) {
        const isAllowed = may(scopes, scopeOf(SCOPE_BY_FIELD, field.name));
        const { body, text } = await postGraphql(service, key, queryOf(kind, field));
        const isRefused = body.errors?.[0]?.extensions.code === 'forbidden';
        if (isRefused === isAllowed) wrong.push(`${name}: ${field.name} ${text.slice(0, 200)}`);
        if (isRefused && body.data?.[field.name]) wrong.push(`${name}: ${field.name} shows data`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('fields within an answer', () => {
  const keyOf = (name: string) => keys.find(([one]) => one === name)![2];
  const RANGE = 'from=2026-03-01&to=2026-04-01';

  it('has revenue in retention only for keys that read sales, whoever asked before', async () => {
    const path = `/api/v1/behaviour/retention?${RANGE}&cohort=first_order&activity=orders`;
    const shown = await (await service.get(path, keyOf('marketing'))).text();
    const hidden = await (await service.get(path, keyOf('only behaviour:read'))).text();
    expect(shown).toContain('"cumulative_revenue_per_member":"40.00"');
    expect(hidden).not.toContain('40.00');
    expect(hidden).toContain('"cumulative_revenue_per_member":null');
    const table = await service.get(`${path}&format=csv`, keyOf('only behaviour:read'));
    expect(await table.text()).not.toContain('40.00');
  });

  it('has texts of feedback for support only, and persons for pii:read only', async () => {
    const id = 'user-1';
    const withText = await service.key('customers:read', 'sentiment:read', 'behaviour:read');
    const withPersons = await service.key('customers:read', 'pii:read');
    const story = async (key: string) => (await service.get(`/api/v1/customers/${id}`, key)).text();
    expect(await story(withText)).toContain('A wonderful mug.');
    expect(await story(withPersons)).toContain('jane@example.com');
    for (const key of [keyOf('marketing'), keyOf('only customers:read'), keyOf('admin')]) {
      expect(await story(key)).not.toContain('jane@example.com');
    }
    for (const key of [keyOf('marketing'), keyOf('only customers:read'), withPersons]) {
      expect(await story(key)).not.toContain('A wonderful mug.');
    }
  });

  it('lets support read no money', async () => {
    const { data } = (await (
      await service.get(`/api/v1/sentiment/summary?${RANGE}`, keyOf('support'))
    ).json()) as { data: Record<string, { unit: string }> };
    expect(Object.values(data).filter(({ unit }) => unit === 'money')).toEqual([]);
    expect(Object.keys(data).length).toBeGreaterThan(3);
  });
});
