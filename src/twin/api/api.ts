import { ACCEPTED, json, refusal, type TwinAnswer } from './answer.js';
import { deploymentBody } from './api-deployment.js';
import { checkUpdateAction } from './api-update-action.js';
import type { Deployments } from '../deployment/deployments.js';
import type { ApiOperation } from '../faults.js';
import type { Installations } from '../installations.js';

/** A call of the API, from method and path. */
export interface ApiCall {
  operation: ApiOperation;
  /** The deployment's id, or for `get-deployment` its host; null when the path contains none. */
  deploymentId: string | null;
  installationId: string | null;
  resourceId: string | null;
  action: string | null;
}

/** The raw body and its content type. */
export interface Content {
  type: string | undefined;
  bytes: Buffer;
}

export type Executed = TwinAnswer & { message: string | null; parsed: unknown };

/** Larger bodies are refused without being parsed. */
export const MAX_BODY_BYTES = 1024 * 1024;

const UNAUTHORIZED = 'The request is not authorized.';
const NO_PERMISSION = 'You do not have permission to access this resource.';

/**
 * Returns the call of method and path; `unknown` for an unknown path, `method` for an unsupported method of a
 * known path.
 *
 * @throws URIError when the path cannot be decoded
 */
export function routeApi(method: string, path: string): ApiCall | 'unknown' | 'method' {
  const [, version, root, id, ...rest] = partsOf(path);
  if (version === 'v1' && root === 'installations') return routeAccount(method, id, rest);
  if (root !== 'deployments' || !id) return 'unknown';
  const none = { installationId: null, resourceId: null, action: null };
  if (version === 'v13' && rest.length === 0) {
    return method === 'GET' ? { operation: 'get-deployment', deploymentId: id, ...none } : 'method';
  }
  const [integrations, installationId, resources, resourceId, actions, action, ...more] = rest;
  const shape = integrations === 'integrations' && resources === 'resources' && actions === 'actions';
  if (version !== 'v1' || !shape || more.length > 0) return 'unknown';
  if (!installationId || !resourceId || !action) return 'unknown';
  if (method !== 'PATCH') return 'method';
  return { operation: 'update-action', deploymentId: id, installationId, resourceId, action };
}

function routeAccount(
  method: string,
  id: string | undefined,
  rest: string[],
): ApiCall | 'unknown' | 'method' {
  if (!id || rest.length !== 1 || rest[0] !== 'account') return 'unknown';
  if (method !== 'GET') return 'method';
  const none = { deploymentId: null, resourceId: null, action: null };
  return { operation: 'get-account', installationId: id, ...none };
}

function partsOf(path: string): string[] {
  const parts = path.split('/');
  return path.includes('%') ? parts.map(decodeURIComponent) : parts;
}

/** Vercel's API as described by the contract: section 2 for PATCH, section 3 for GET. */
export class Api {
  constructor(
    private readonly deployments: Deployments,
    private readonly installations: Installations,
    private readonly view: 'owner' | 'reduced',
  ) {}

  /** Executes a call and answers it. Checks the caller first, then the objects in the path, then the body. */
  execute(call: ApiCall, authorization: string | undefined, content: Content): Executed {
    const caller = this.installations.authorized(authorization);
    if (caller === undefined) return refuse(401, 'forbidden', UNAUTHORIZED);
    if (this.installations.isForeign(caller)) return refuse(404, 'not_found', 'Not found.');
    switch (call.operation) {
      case 'get-deployment':
        return this.getDeployment(call, caller);
      case 'get-account':
        return getAccount(call, caller);
      case 'update-action':
        return this.updateAction(call, caller, content);
      default:
        return call.operation satisfies never;
    }
  }

  /**
   * A token may read the deployments of projects that are connected to its installation, with and without
   * actions.
   */
  private getDeployment(call: ApiCall, caller: string): Executed {
    const deployment = this.deployments.find(call.deploymentId ?? '');
    if (deployment === undefined) return refuse(404, 'not_found', 'The deployment could not be found.');
    if (!deployment.input.connections.some(({ installationId }) => installationId === caller)) {
      return refuse(403, 'forbidden', NO_PERMISSION);
    }
    if (deployment.state === 'deleted')
      return refuse(410, 'deployment_deleted', 'The deployment is deleted.');
    const body = deploymentBody(deployment, deployment.input.view ?? this.view);
    return { ...json(200, body), message: null, parsed: null };
  }

  private updateAction(call: ApiCall, caller: string, content: Content): Executed {
    const { installationId, resourceId, action: slug } = call;
    const parsed = parse(content);
    if (installationId !== caller) {
      const known = installationId !== null && this.installations.has(installationId);
      if (known) return refuse(403, 'forbidden', NO_PERMISSION, parsed.value);
      return refuse(404, 'not_found', 'The integration installation could not be found.', parsed.value);
    }
    const deployment = this.deployments.find(call.deploymentId ?? '');
    if (deployment?.id !== call.deploymentId) {
      return refuse(404, 'not_found', 'The deployment could not be found.', parsed.value);
    }
    const action = deployment.action(caller, resourceId ?? '', slug ?? '');
    if (action === undefined) {
      return refuse(404, 'not_found', 'The deployment has no such action.', parsed.value);
    }
    if (deployment.state === 'deleted')
      return refuse(410, 'deployment_deleted', 'The deployment is deleted.', parsed.value);
    if (!parsed.ok) return refuse(400, 'bad_request', parsed.message);
    const update = checkUpdateAction(parsed.value);
    if (!update.ok) return refuse(400, 'bad_request', update.message, parsed.value);
    const wrong = this.deployments.report(deployment, action, update.value);
    if (wrong !== null) return refuse(400, 'bad_request', wrong, parsed.value);
    return { ...ACCEPTED, message: null, parsed: parsed.value };
  }
}

/** Contract 4.2: the account that the installation belongs to. */
function getAccount({ installationId }: ApiCall, caller: string): Executed {
  if (installationId !== caller) return refuse(403, 'forbidden', NO_PERMISSION);
  const account = { name: 'twin', url: 'https://vercel.com/twin', contact: { email: 'twin@example.com' } };
  return { ...json(200, account), message: null, parsed: null };
}

type Parsed = { ok: true; value: unknown } | { ok: false; value: null; message: string };

/** Parses the body. It is optional (contract 2): no body is the same as `{}`. */
function parse({ type, bytes }: Content): Parsed {
  if (bytes.length > MAX_BODY_BYTES) return bad(`the body is over ${MAX_BODY_BYTES} bytes`);
  if (bytes.length === 0) return { ok: true, value: {} };
  if (type === undefined || !/^application\/json\b/i.test(type))
    return bad('the body must be application/json');
  try {
    return { ok: true, value: JSON.parse(bytes.toString('utf8')) as unknown };
  } catch {
    return bad('the body is not JSON');
  }
}

function bad(message: string): Parsed {
  return { ok: false, value: null, message };
}

function refuse(status: number, code: string, message: string, parsed: unknown = null): Executed {
  return { ...refusal(status, code, message), message, parsed };
}
