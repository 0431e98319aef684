import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import { OPERATOR_ROLES, type OperatorRole } from '../../config/secrets/secrets.js';

export const ROLE = 'drawbridge:role';

/** The least role that may call this controller or handler; a handler's own wins. A route under /api without one is closed. */
export const Role = (role: OperatorRole) => applyDecorators(SetMetadata(ROLE, role), ApiBearerAuth());

/** Under /api and yet for everybody, without a token. */
export const OPEN = 'drawbridge:open';
export const Open = () => SetMetadata(OPEN, true);

/** admin may do what operator may, operator what viewer may. */
export function includes(role: OperatorRole, least: OperatorRole): boolean {
  return OPERATOR_ROLES.indexOf(role) >= OPERATOR_ROLES.indexOf(least);
}
