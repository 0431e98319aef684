/** Paths of values in a nested configuration. */
type Path = readonly string[];

/** Bounds the run for huge configurations. */
const MAX_PATHS = 60;

/** Returns the path of every value, such as `a`, `a.b` and `a.b.0`. */
export function everyPath(config: unknown): Path[] {
  return pathsBelow(config, []).slice(0, MAX_PATHS);
}

function pathsBelow(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, key];
    return [here, ...pathsBelow(inner, here)];
  });
}

/** Returns a copy with another value at `path`. */
export function replaced(config: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(config) ? [...config] : { ...(config as object) }) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest, value);
  return copy;
}

/** Returns true when `named` is `path` itself, a path inside it, or the path of its direct parent. */
export function isWithin(named: Path, path: Path): boolean {
  const least = Math.max(1, path.length - 1);
  return named.length >= least && path.every((part, at) => at >= named.length || named[at] === part);
}
