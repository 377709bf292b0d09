import { jest } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CodedError } from '../../contracts/errors.js';
import type { Scope } from '../../contracts/scopes.js';
import { Public, RequireScope } from './access.js';
import type { ApiKeys, Caller } from './api-keys.js';
import { ScopeGuard } from './scope.guard.js';

const LOCAL_TOKEN = 'local-token';

class Handlers {
  @Public()
  open() {}

  @RequireScope('sales:read')
  sales() {}

  @RequireScope('pipelines:run', 'admin')
  pipelines() {}

  @RequireScope('pii:read')
  personal() {}

  undeclared() {}
}

@RequireScope('admin')
class Closed {
  inherits() {}

  @RequireScope('sales:read')
  overrides() {}
}

type Headers = Record<string, string | string[] | undefined>;

function setUp(scopes: Scope[] | null) {
  const caller: Caller | null = scopes && {
    ...{ keyId: '1', name: 'test', scopes, source: 'web' },
    ...{ origins: [], expiresAt: Number.POSITIVE_INFINITY },
  };
  const find = jest.fn(async (key: string) => (key === 'known' ? caller : null));
  const guard = new ScopeGuard(new Reflector(), { find } as unknown as ApiKeys, LOCAL_TOKEN);
  const call = async (
    handler: () => void,
    headers: Headers = { authorization: 'Bearer known' },
    { type = 'http', owner = Handlers as object, request = { headers } } = {},
  ) => {
    const context = {
      getType: () => type,
      getHandler: () => handler,
      getClass: () => owner,
      switchToHttp: () => ({ getRequest: () => (type === 'http' ? request : undefined) }),
      getArgByIndex: (index: number) => (index === 2 ? { req: request } : undefined),
    } as unknown as ExecutionContext;
    return guard.canActivate(context).catch((error: CodedError) => error.code);
  };
  return { call, find };
}

const { open, sales, pipelines, personal, undeclared } = Handlers.prototype;

describe('ScopeGuard', () => {
  it('asks nothing of the callers of what is public', async () => {
    const { call, find } = setUp(null);
    expect(await call(open, {})).toBe(true);
    expect(find).not.toHaveBeenCalled();
  });

  it.each<[string, Headers]>([
    ['no header', {}],
    ['an empty header', { authorization: '' }],
    ['another scheme', { authorization: 'Basic known' }],
    ['no key', { authorization: 'Bearer ' }],
    ['two keys', { authorization: 'Bearer known known' }],
    ['a list of headers', { authorization: ['Bearer known'] }],
    ['an unknown key', { authorization: 'Bearer unknown' }],
    ['a beginning of the local token', { authorization: 'Bearer local-toke' }],
    ['a token as long as the local one', { authorization: 'Bearer local-tokem' }],
  ])('refuses %s as unauthorized', async (_, headers) => {
    expect(await setUp(['admin']).call(sales, headers)).toBe('unauthorized');
  });

  it('does not look up a key that is too long to be one', async () => {
    const { call, find } = setUp(['admin']);
    const headers = { authorization: `Bearer ${'k'.repeat(201)}` };
    expect(await call(sales, headers)).toBe('unauthorized');
    expect(find).not.toHaveBeenCalled();
  });

  it.each<[Scope[], () => void, true | string]>([
    [['sales:read'], sales, true],
    [['sentiment:read'], sales, 'forbidden'],
    [['events:write'], sales, 'forbidden'],
    [['sales:read'], pipelines, 'forbidden'],
    [['pipelines:run'], pipelines, true],
    [['admin'], sales, true],
    [['admin'], pipelines, true],
    [['admin'], personal, 'forbidden'],
    [['pii:read'], personal, true],
    [['pii:read'], sales, 'forbidden'],
    [['admin', 'pii:read'], undeclared, 'forbidden'],
    [[], sales, 'forbidden'],
  ])('answers the scopes %j at %p with %s', async (scopes, handler, expected) => {
    expect(await setUp(scopes).call(handler)).toBe(expected);
  });

  it('refuses what declares nothing to the command line too', async () => {
    const headers = { authorization: `Bearer ${LOCAL_TOKEN}` };
    const { call, find } = setUp(null);
    expect(await call(sales, headers)).toBe(true);
    expect(await call(undeclared, headers)).toBe('forbidden');
    expect(await call(personal, headers)).toBe('forbidden');
    expect(find).not.toHaveBeenCalled();
  });

  it('takes the class’s declaration unless the handler has its own', async () => {
    const { call } = setUp(['sales:read']);
    const at = (handler: () => void) => call(handler, undefined, { owner: Closed });
    expect(await at(Closed.prototype.inherits)).toBe('forbidden');
    expect(await at(Closed.prototype.overrides)).toBe(true);
  });

  it('finds the request behind a GraphQL resolver, and looks the key up once a request', async () => {
    const { call, find } = setUp(['sales:read']);
    const request = { headers: { authorization: 'bearer known' } };
    const options = { type: 'graphql', request };
    expect(await call(sales, undefined, options)).toBe(true);
    expect(await call(pipelines, undefined, options)).toBe('forbidden');
    expect(find).toHaveBeenCalledTimes(1);
  });
});
