import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import { OPERATOR_ROLES, type OperatorRole } from '../../config/secrets/secrets.js';

export const ROLE = 'drawbridge:role';

/** Sets the lowest role that may call a controller or a handler. The handler's role takes precedence. */
export const RequireRole = (role: OperatorRole) => applyDecorators(SetMetadata(ROLE, role), ApiBearerAuth());

/** Marks a route under /api that needs no token. */
export const PUBLIC = 'drawbridge:public';
export const Public = () => SetMetadata(PUBLIC, true);

/** True if `role` has the rights of `least`: admin includes operator, which includes viewer. */
export function includes(role: OperatorRole, least: OperatorRole): boolean {
  return OPERATOR_ROLES.indexOf(role) >= OPERATOR_ROLES.indexOf(least);
}
