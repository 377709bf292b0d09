/** Step 2, authenticate: whose key it is, by Basic auth or in the body. */
import { CodedError } from '../../../contracts/errors.js';
import type { JsonValue } from '../../../contracts/json.js';
import { hasScope } from '../../../contracts/scopes.js';
import type { ApiKeys, Caller } from '../../../platform/auth/api-keys.js';

const MAX_KEY_CHARACTERS = 200;

export interface Credentials {
  authorization: string | undefined;
  writeKey: JsonValue | undefined;
  /** The page's origin, as browsers send it. */
  origin: string | undefined;
}

/** Throws `unauthorized` or `forbidden`. */
export async function authenticate(
  keys: ApiKeys,
  { authorization, writeKey, origin }: Credentials,
): Promise<Caller> {
  const key = basicUser(authorization) ?? (typeof writeKey === 'string' ? writeKey : '');
  if (key === '' || key.length > MAX_KEY_CHARACTERS) {
    throw new CodedError('unauthorized', 'No write key was sent.');
  }
  const caller = await keys.find(key);
  if (!caller) throw new CodedError('unauthorized', 'The write key is not known.');
  if (!hasScope(caller.scopes, 'events:write')) {
    throw new CodedError('forbidden', 'The key lacks the scope events:write.');
  }
  if (!isAllowedOrigin(caller.origins, origin)) {
    throw new CodedError('forbidden', 'The key is bound to other origins.');
  }
  return caller;
}

/** `https://*.shop.example` stands for every host below shop.example, and not for itself. */
function isAllowedOrigin(allowed: readonly string[], origin = ''): boolean {
  if (allowed.length === 0) return true;
  return allowed.some((pattern) => {
    const [scheme, rest] = pattern.split('//*') as [string, string | undefined];
    if (rest === undefined) return origin === pattern;
    return origin.startsWith(`${scheme}//`) && origin.endsWith(rest);
  });
}

/** The user name of `Basic base64(KEY:)`; the password is ignored, as Segment's SDKs leave it empty. */
function basicUser(authorization: string | undefined): string | null {
  const match = /^Basic\s+([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '');
  if (!match) return null;
  return Buffer.from(match[1]!, 'base64').toString('utf8').split(':')[0] ?? null;
}
