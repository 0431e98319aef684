import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import type { OperatorRole } from '../../config/secrets/secrets.js';
import { logEvent } from '../../log/log.js';
import { Problem } from '../../http/problems/problem.js';
import { Authenticator, ForeignToken, noToken } from './authenticator.js';
import { FailedSignIns } from './failed-sign-ins.js';
import type { Operator } from './operator-tokens.js';
import { includes, OPEN, ROLE } from './role.js';

export type OperatorRequest = FastifyRequest & { operator?: Operator };

/**
 * Stands before every route of the application. Lets through what is no operators' route, and an operator whose role is high
 * enough; the request then carries `operator`. Denies by default: a route under /api that names no role is open to nobody.
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
    const least = this.reflector.getAllAndOverride<OperatorRole | undefined>(ROLE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (least === undefined && (!isApi(request) || this.isOpen(context))) return true;
    const operator = await this.authenticate(request);
    if (least === undefined) throw this.closed(request);
    if (!includes(operator.role, least)) throw forbidden(operator, least);
    request.operator = operator;
    return true;
  }

  private isOpen(context: ExecutionContext): boolean {
    return (
      this.reflector.getAllAndOverride<boolean | undefined>(OPEN, [
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
    return new Problem('forbidden', 'no role may use this route');
  }
}

/** The pattern that the router matched, so that no spelling of an address gets around it. */
function isApi(request: OperatorRequest): boolean {
  const route = (request.routeOptions.url ?? '').toLowerCase();
  return route === '/api' || route.startsWith('/api/');
}

function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +([\x21-\x7e]+) *$/i.exec(header ?? '')?.[1];
}

const forbidden = (operator: Operator, least: OperatorRole): Problem =>
  new Problem('forbidden', `this takes the role ${least}; ${operator.name} is ${operator.role}`);
