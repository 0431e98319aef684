import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';

export const SECRET = 'bench-client-secret';
export const ADMIN = 'bench-operator-token';
export const RESOURCE = 'res_1';
/** Several customers, because one installation gets a limited share of the workers. */
export const INSTALLATIONS = Array.from({ length: 8 }, (_, index) => `icfg_${index}`);
export const tokenOf = (installationId: string): string => `token-of-${installationId}`;
const ENCRYPTION_KEY = `bench:${randomBytes(32).toString('base64')}`;

export function environment(databaseUrl: string, vercelUrl: string, actionsFile: string, roles: string) {
  return {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    ROLES: roles,
    DATABASE_URL: databaseUrl,
    VERCEL_CLIENT_SECRET: SECRET,
    VERCEL_API_URL: vercelUrl,
    ACTIONS_FILE: actionsFile,
    ENCRYPTION_KEYS: ENCRYPTION_KEY,
    OPERATOR_TOKENS: `bench:admin:${createHash('sha256').update(ADMIN).digest('hex')}`,
    LOG_LEVEL: 'warn',
    ...traces(),
  };
}

/** Set a collector to measure the cost of traces. */
const traces = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_')));

/** A start webhook as Vercel sends it. */
export function startEvent(deploymentId: string, installationId: string, createdAt = Date.now()): string {
  return JSON.stringify({
    id: `evt_${randomUUID()}`,
    type: 'deployment.integration.action.start',
    createdAt,
    region: 'iad1',
    payload: {
      configuration: { id: installationId },
      installationId,
      resourceId: RESOURCE,
      action: 'branch',
      deployment: { id: deploymentId },
    },
  });
}

export const signatureOf = (body: string): string => createHmac('sha1', SECRET).update(body).digest('hex');

/** The whole HTTP request, ready to be written to a socket. */
export function request(body: string): Buffer {
  const head =
    'POST /webhooks/vercel HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n' +
    `x-vercel-signature: ${signatureOf(body)}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}
