/** What a key may do. `admin` implies every scope but `pii:read`; `events:write` stands alone. */
export const SCOPES = [
  'events:write',
  'sales:read',
  'behaviour:read',
  'customers:read',
  'campaigns:read',
  'sentiment:read',
  'reports:read',
  'pii:read',
  'pipelines:run',
  'admin',
] as const;

export type Scope = (typeof SCOPES)[number];

/** True if a key that carries `held` may do what `wanted` names. */
export function hasScope(held: readonly Scope[], wanted: Scope): boolean {
  if (held.includes(wanted)) return true;
  return held.includes('admin') && wanted !== 'pii:read';
}

/** Says why `scopes` cannot be given to one key, or null if they can. */
export function scopeProblem(scopes: readonly string[]): string | null {
  if (scopes.length === 0) return 'At least one scope is needed.';
  const unknown = scopes.filter((scope) => !SCOPES.some((known) => known === scope));
  if (unknown.length > 0) {
    return `Unknown scope ${unknown.join(', ')}; known are ${SCOPES.join(', ')}.`;
  }
  if (scopes.includes('events:write') && scopes.length > 1) {
    return 'A key with events:write holds no other scope: it stands in the page source of a shop.';
  }
  return null;
}
