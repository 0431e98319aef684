/**
 * Matches `$${` (a literal `${`), `${NAME}`, a reference with a dot (`${deployment.gitRef}`,
 * `${a.b:-default}`), which the provisioner resolves, or an invalid `${`.
 */
const PLACEHOLDER =
  /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|(\$\{[a-z]+(?:\.[A-Za-z0-9_-]+)+(?::-[^{}]*)?\})|\$\{/g;

/** Receives each unresolved placeholder: its path below the root, and the problem. */
export type OnUnresolved = (path: string, text: string) => void;

/**
 * Returns a copy of `value` in which each `${NAME}` in a string, at any depth, is replaced by the environment
 * variable NAME. `$${` becomes a literal `${`. Keys are not changed. An empty variable counts as missing.
 */
export function resolvePlaceholders(
  value: unknown,
  path: string,
  lookUp: (name: string) => string | undefined,
  onUnresolved: OnUnresolved,
): unknown {
  const into = (child: unknown, key: string): unknown =>
    resolvePlaceholders(child, key, lookUp, onUnresolved);
  if (typeof value === 'string') return resolveText(value, lookUp, (text) => onUnresolved(path, text));
  if (Array.isArray(value)) return value.map((item, index) => into(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, into(child, `${path}.${key}`)]),
  );
}

function resolveText(
  text: string,
  lookUp: (name: string) => string | undefined,
  onUnresolved: (text: string) => void,
): string {
  return text.replace(PLACEHOLDER, (match, name: string | undefined, reference: string | undefined) => {
    if (match === '$${') return '${';
    if (reference !== undefined) return reference;
    if (name === undefined) {
      onUnresolved('"${" does not begin a variable: write ${NAME}, or $${ for a literal "${"');
      return match;
    }
    const found = lookUp(name);
    if (found === undefined) onUnresolved(`the environment variable ${name} is not set`);
    return found ?? '';
  });
}
