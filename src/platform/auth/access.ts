/** Declares on a handler who may call it. A handler that declares nothing is refused to all. */
import { SetMetadata } from '@nestjs/common';
import type { Scope } from '../../contracts/scopes.js';

export const ACCESS = 'cartograph:access';

/** Scopes of which the caller needs one, or `public`. */
export type Access = readonly Scope[] | 'public';

/** Anybody may call: health, documentation, and the collector, which checks write keys itself. */
export const Public = () => SetMetadata(ACCESS, 'public' satisfies Access);

/** The caller's key must carry one of the scopes. */
export const RequireScope = (...scopes: Scope[]) => SetMetadata(ACCESS, scopes satisfies Access);
