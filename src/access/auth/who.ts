import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { OperatorRequest } from './operator.guard.js';
import type { Operator } from './operator-tokens.js';

/** The operator who asks; the guard has put them on the request. */
export const Who = createParamDecorator((_: unknown, context: ExecutionContext): Operator => {
  const { operator } = context.switchToHttp().getRequest<OperatorRequest>();
  if (operator === undefined) throw new Error('operator: a route without a role asks who is asking');
  return operator;
});
