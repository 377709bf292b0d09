/** The scopes of the key that asks, for answers of which a part needs one more. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Scope } from '../../contracts/scopes.js';
import { requestOf } from './scope.guard.js';

export const CallerScopes = createParamDecorator(
  (_: unknown, context: ExecutionContext): readonly Scope[] =>
    requestOf(context).caller?.scopes ?? [],
);
