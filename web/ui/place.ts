const BASE = '/console';

/** Addresses of the console's pages. */
export const place = {
  overview: `${BASE}/`,
  actions: `${BASE}/actions`,
  allocations: `${BASE}/allocations`,
  installations: `${BASE}/installations`,
  deliveries: `${BASE}/deliveries`,
  search: `${BASE}/search`,
  action: (id: string): string => `${BASE}/actions/${encodeURIComponent(id)}`,
  allocation: (key: string): string => `${BASE}/allocations/${encodeURIComponent(key)}`,
  installation: (id: string): string => `${BASE}/installations/${encodeURIComponent(id)}`,
  delivery: (id: string): string => `${BASE}/deliveries/${encodeURIComponent(id)}`,
} as const;

/** Appends query parameters to `path`. Omits undefined and empty ones. */
export function withQuery(path: string, parameters: Record<string, string | undefined>): string {
  const given = Object.entries(parameters).filter((entry): entry is [string, string] => !!entry[1]);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}
