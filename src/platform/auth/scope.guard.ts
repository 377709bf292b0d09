/**
 * The global guard: every REST handler and every GraphQL field resolver declares its scopes, and
 * this checks the caller's key against them. What declares nothing is refused.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { CodedError } from '../../contracts/errors.js';
import { hasScope, type Scope } from '../../contracts/scopes.js';
import type { ApiKeys, Caller } from './api-keys.js';
import { ACCESS, type Access } from './access.js';

const MAX_KEY_CHARACTERS = 200;
const LOCAL_CALLER: Caller = {
  keyId: 'local',
  name: 'command line',
  scopes: ['admin'],
  source: 'local',
  origins: [],
  expiresAt: Number.POSITIVE_INFINITY,
};

/** True for the command line of this machine, which knows the key of this process. */
export function isLocal(caller: Caller): boolean {
  return caller === LOCAL_CALLER;
}

interface RequestLike {
  headers: Record<string, string | string[] | undefined>;
  caller?: Caller;
}

@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly keys: ApiKeys,
    private readonly localToken: string,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, targets);
    if (access === 'public') return true;
    const request = requestOf(context);
    request.caller ??= await this.authenticate(request);
    requireScope(request.caller, access ?? []);
    return true;
  }

  private async authenticate(request: RequestLike): Promise<Caller> {
    const header = request.headers['authorization'];
    const match = /^Bearer\s+(\S+)$/i.exec(typeof header === 'string' ? header : '');
    const key = match?.[1];
    if (!key || key.length > MAX_KEY_CHARACTERS) {
      throw new CodedError('unauthorized', 'No key was sent as `Authorization: Bearer KEY`.');
    }
    if (isSame(key, this.localToken)) return LOCAL_CALLER;
    const caller = await this.keys.find(key);
    if (!caller) throw new CodedError('unauthorized', 'The key is not known or was revoked.');
    return caller;
  }
}

function requireScope(caller: Caller, wanted: readonly Scope[]): void {
  if (wanted.some((scope) => hasScope(caller.scopes, scope))) return;
  throw new CodedError('forbidden', `The key lacks the scope ${wanted.join(' or ') || 'needed'}.`);
}

/** The HTTP request, also behind a GraphQL resolver, whose context carries it as `req`. */
export function requestOf(context: ExecutionContext): RequestLike {
  if (context.getType<string>() !== 'graphql') {
    return context.switchToHttp().getRequest<RequestLike>();
  }
  return context.getArgByIndex<{ req: RequestLike }>(2).req;
}

/** In constant time, whatever their lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
