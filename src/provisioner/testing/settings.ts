/** Walks through a configuration, however deep it is. */
type Path = readonly string[];

/** Enough for any configuration that a person wrote. */
const MOST_PATHS = 60;

/** The path of every value in it: `a`, `a.b`, `a.b.0`. */
export function everyPath(config: unknown): Path[] {
  return pathsBelow(config, []).slice(0, MOST_PATHS);
}

function pathsBelow(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, key];
    return [here, ...pathsBelow(inner, here)];
  });
}

/** A copy with another value at `path`. */
export function replaced(config: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(config) ? [...config] : { ...(config as object) }) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, value);
  return copy;
}

/** Whether an issue at `named` tells of `path`: it names the value, something in it, or what directly holds it. */
export function isWithin(named: Path, path: Path): boolean {
  const least = Math.max(1, path.length - 1);
  return named.length >= least && path.every((part, at) => at >= named.length || named[at] === part);
}
