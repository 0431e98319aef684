import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { OperatorRole } from '../../config/secrets/secrets.js';
import { logEvent } from '../../log/log.js';
import { Problem } from '../../http/problems/problem.js';
import { Authenticator, ForeignToken, noToken } from './authenticator.js';
import { FailedSignIns } from './failed-sign-ins.js';
import type { Operator } from './operator-tokens.js';
import { includes, PUBLIC, ROLE } from './role.js';

export type OperatorRequest = FastifyRequest & { operator?: Operator };

/**
 * Guards every route of the application. Passes routes outside /api, and operators with the required role;
 * the request then has `operator`. Denies by default: a route under /api without a role rejects every call.
 */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly failedSignIns: FailedSignIns,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<OperatorRequest>();
    const required = this.reflector.getAllAndOverride<OperatorRole | undefined>(ROLE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (required === undefined && (!isApi(request) || this.isPublic(context))) return true;
    const operator = await this.authenticate(request);
    if (required === undefined) throw this.closed(request);
    if (!includes(operator.role, required)) throw forbidden(operator, required);
    request.operator = operator;
    return true;
  }

  private isPublic(context: ExecutionContext): boolean {
    return (
      this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, [
        context.getHandler(),
        context.getClass(),
      ]) === true
    );
  }

  private async authenticate({ headers, ip }: OperatorRequest): Promise<Operator> {
    const token = bearerToken(headers.authorization);
    if (token === undefined) throw noToken();
    try {
      return await this.authenticator.operatorOf(token);
    } catch (error) {
      if (error instanceof ForeignToken) this.failedSignIns.failed(ip, error.body.detail);
      throw error;
    }
  }

  private closed(request: OperatorRequest): Problem {
    logEvent('route-unguarded', { method: request.method, route: request.routeOptions.url ?? '' });
    return new Problem('forbidden', 'the route declares no role, so every call is rejected');
  }
}

/** Uses the pattern matched by the router, so that no spelling of an address bypasses the guard. */
function isApi(request: OperatorRequest): boolean {
  const route = (request.routeOptions.url ?? '').toLowerCase();
  return route === '/api' || route.startsWith('/api/');
}

function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +([\x21-\x7e]+) *$/i.exec(header ?? '')?.[1];
}

const forbidden = (operator: Operator, required: OperatorRole): Problem =>
  new Problem(
    'forbidden',
    `this request requires the role ${required}; ${operator.name} has the role ${operator.role}`,
  );
