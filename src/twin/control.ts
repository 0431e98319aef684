import { json, refusal, type TwinAnswer } from './api/answer.js';
import { address, check, object, optional, orNull, required, text, type Reader } from './api/check.js';
import type { DeploymentInput } from './deployment/deployment-input.js';
import type { EntryKind } from './log.js';
import { redact } from './log.js';
import { TwinError } from './twin-error.js';
import type { Twin } from './twin.js';

const installation = object({ accessToken: required(text) });
const transfer = object({ accessToken: required(text) });
const resource = object({ resourceId: required(text), target: required(text) });
const webhook = object({ url: required(orNull(address)) });
const cancel = object({ action: optional(text) });

interface Request {
  method: string;
  /** The decoded parts of the path after `/twin`. */
  parts: string[];
  query: URLSearchParams;
  body: Buffer;
}

/** The control API under `/twin`. Each route calls a method of {@link Twin}. */
export function control(twin: Twin, method: string, path: string, query: string, body: Buffer): TwinAnswer {
  try {
    const parts = path.split('/').slice(2).map(decodeURIComponent);
    return route(twin, { method, parts, query: new URLSearchParams(query), body });
  } catch (error) {
    if (error instanceof TwinError) return refusal(error.status, error.code, error.message);
    if (error instanceof URIError) return refusal(400, 'bad_request', 'twin: the path is not decodable');
    throw error;
  }
}

function route(twin: Twin, request: Request): TwinAnswer {
  const { method, parts } = request;
  const [topic, id, verb] = parts;
  const name =
    parts.length > 1 && id !== ''
      ? `${topic}/{id}${parts
          .slice(2)
          .map((part) => `/${part}`)
          .join('')}`
      : (topic ?? '');
  const routes = Object.hasOwn(ROUTES, name) ? ROUTES[name] : undefined;
  if (routes === undefined || parts.length > 3 || verb === '') {
    return refusal(404, 'not_found', `twin: no route ${request.parts.join('/')} under /twin`);
  }
  const run = Object.hasOwn(routes, method) ? routes[method] : undefined;
  if (run === undefined) {
    const allowed = Object.keys(routes).join(', ');
    return refusal(405, 'method_unknown', `twin: /twin/${name} supports ${allowed}, not ${method}`);
  }
  return run(twin, id ?? '', request);
}

type Run = (twin: Twin, id: string, request: Request) => TwinAnswer;

const ROUTES: Partial<Record<string, Partial<Record<string, Run>>>> = {
  '': { GET: (twin) => json(200, twin.summary()) },
  deployments: {
    GET: (twin) => json(200, { items: twin.deployments() }),
    POST: (twin, _, request) => json(201, twin.createDeployment(bodyOf(request) as DeploymentInput)),
  },
  'deployments/{id}': {
    GET: (twin, id) => json(200, twin.deployment(id)),
    DELETE: (twin, id) => json(200, twin.delete(id)),
  },
  'deployments/{id}/cancel': {
    POST: (twin, id, request) => json(200, twin.cancel(id, read(cancel, request, {}).action)),
  },
  'deployments/{id}/soft-delete': {
    POST: (twin, id) => json(200, twin.deleteSoftly(id)),
  },
  'deployments/{id}/undelete': {
    POST: (twin, id) => json(200, twin.undelete(id)),
  },
  'deployments/{id}/restore': {
    POST: (twin, id) => json(200, twin.restore(id)),
  },
  'installations/{id}': {
    PUT: (twin, id, request) => {
      twin.install(id, read(installation, request).accessToken);
      return { status: 204, body: null };
    },
    DELETE: (twin, id) => {
      twin.uninstall(id);
      return { status: 204, body: null };
    },
  },
  'installations/{id}/transfer': {
    POST: (twin, id, request) => {
      twin.transferInstallation(id, read(transfer, request).accessToken);
      return { status: 204, body: null };
    },
  },
  'installations/{id}/transfer-resource': {
    POST: (twin, id, request) => {
      const { resourceId, target } = read(resource, request);
      twin.transferResource(resourceId, id, target);
      return { status: 204, body: null };
    },
  },
  'foreign-tokens': {
    POST: (twin, _, request) => {
      twin.addForeignToken(read(installation, request).accessToken);
      return { status: 204, body: null };
    },
  },
  webhook: {
    PUT: (twin, _, request) => {
      twin.setWebhookUrl(read(webhook, request).url);
      return { status: 204, body: null };
    },
  },
  faults: {
    GET: (twin) => json(200, { faults: twin.faults() }),
    PUT: (twin, _, request) => {
      twin.setFaults(bodyOf(request) as Parameters<Twin['setFaults']>[0]);
      return json(200, { faults: twin.faults() });
    },
  },
  log: { GET: (twin, _, { query }) => json(200, { entries: logOf(twin, query) }) },
};

/** The log without the values of secrets. `deployment`, `kind` and `after` (a seq) filter it. */
function logOf(twin: Twin, query: URLSearchParams) {
  const after = Number(query.get('after') ?? 0);
  if (!Number.isFinite(after)) throw new TwinError('bad_request', 'twin: after must be a number');
  const deployment = query.get('deployment');
  const kind = query.get('kind') as EntryKind | null;
  return twin
    .log()
    .filter((entry) => entry.seq > after && (kind === null || entry.kind === kind))
    .filter((entry) => deployment === null || entry.deploymentId === deployment)
    .map(redact);
}

function read<T>(reader: Reader<T>, request: Request, whenEmpty?: unknown): T {
  const value = request.body.length === 0 && whenEmpty !== undefined ? whenEmpty : bodyOf(request);
  const result = check(reader, value);
  if (!result.ok) throw new TwinError('bad_request', `twin: ${result.message}`);
  return result.value;
}

function bodyOf({ body }: Request): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new TwinError('bad_request', 'twin: the body is not JSON');
  }
}
