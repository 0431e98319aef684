import { addressOf, type BranchConfig } from './config.js';
import { passwordFrom } from './server/role.js';

/** The modes that every client understands. Others, such as `no-verify`, belong to single drivers. */
const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/**
 * Returns the secrets of a deployment. They have the admin URL's `sslmode`, and nothing else of that URL.
 */
export function secretsFor(
  config: BranchConfig,
  key: string,
  derive: (label: string) => Uint8Array,
): Record<string, string> {
  const { host, port } = addressOf(config);
  const password = passwordFrom(derive);
  const mode = new URL(config.admin).searchParams.get('sslmode');
  const ssl = mode !== null && SSL_MODES.includes(mode) ? mode : null;
  const bracketed = host.includes(':') ? `[${host}]` : host;
  const query = ssl ? `?sslmode=${ssl}` : '';
  return {
    DATABASE_URL: `postgresql://${key}:${password}@${bracketed}:${port}/${key}${query}`,
    PGHOST: host,
    PGPORT: port,
    PGUSER: key,
    PGPASSWORD: password,
    PGDATABASE: key,
    ...(ssl ? { PGSSLMODE: ssl } : {}),
  };
}
