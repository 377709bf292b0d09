/** Whose key asks: for what is written to the audit log, and answers that depend on several scopes. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Caller } from './api-keys.js';
import { requestOf } from './scope.guard.js';

/** The guard has let the request pass, so there is one. */
export const CurrentCaller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Caller => requestOf(context).caller!,
);
