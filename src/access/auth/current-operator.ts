import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { OperatorRequest } from './operator.guard.js';
import type { Operator } from './operator-tokens.js';

/** Injects the operator that the guard stored on the request. */
export const CurrentOperator = createParamDecorator((_: unknown, context: ExecutionContext): Operator => {
  const { operator } = context.switchToHttp().getRequest<OperatorRequest>();
  if (operator === undefined) throw new Error('@CurrentOperator() used on a route without @RequireRole()');
  return operator;
});
