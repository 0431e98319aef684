import { addressOf, type BranchConfig } from './config.js';
import { passwordFrom } from './server/role.js';

/** `no-verify` and the like are words of single drivers; these every client understands. */
const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** What a deployment gets. The admin url's `sslmode` is handed on; nothing else of that url is. */
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
  return {
    DATABASE_URL: `postgresql://${key}:${password}@${bracketed}:${port}/${key}${ssl ? `?sslmode=${ssl}` : ''}`,
    PGHOST: host,
    PGPORT: port,
    PGUSER: key,
    PGPASSWORD: password,
    PGDATABASE: key,
    ...(ssl ? { PGSSLMODE: ssl } : {}),
  };
}
