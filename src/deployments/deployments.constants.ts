import type { InjectionToken } from '@nestjs/common';
import type { VercelGateway } from '../vercel/gateway.js';

/**
 * The Nest token of the gateway for look-ups. Its calls are not counted, because a look-up may concern
 * another team's deployment.
 */
export const LOOKUP_GATEWAY: InjectionToken<VercelGateway> = Symbol('LOOKUP_GATEWAY');
