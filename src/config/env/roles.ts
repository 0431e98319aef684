import type { Problems } from '../problems.js';
import { didYouMean } from '../suggest.js';

/** What a process does: `web` answers requests, `worker` moves actions on. */
export const ROLES = ['web', 'worker'] as const;
export type Role = (typeof ROLES)[number];

/** The roles named in a comma-separated list; both when the list is not given. */
export function parseRoles(list: string | undefined, problems: Problems): Set<Role> {
  if (list === undefined) return new Set(ROLES);
  const names = list.split(',').map((name) => name.trim());
  if (names.every((name) => name === '')) {
    problems.add('environment', 'ROLES', 'is empty: name web, worker or both, or leave it unset for both');
  }
  const roles = new Set<Role>();
  for (const name of names.filter((candidate) => candidate !== '')) {
    const role = ROLES.find((known) => known === name);
    if (role === undefined) problems.add('environment', 'ROLES', unknownRole(name));
    else roles.add(role);
  }
  return roles;
}

function unknownRole(name: string): string {
  return `${JSON.stringify(name)} is not a role: web and worker are${didYouMean(name, ROLES)}`;
}
