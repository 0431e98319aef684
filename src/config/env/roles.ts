import type { Problems } from '../problems.js';
import { didYouMean } from '../suggest.js';

/** The roles of a process: `web` answers requests, `worker` runs actions. */
export const ROLES = ['web', 'worker'] as const;
export type ProcessRole = (typeof ROLES)[number];

/** Parses a comma-separated list of roles. Returns both roles if the list is undefined. */
export function parseRoles(list: string | undefined, problems: Problems): Set<ProcessRole> {
  if (list === undefined) return new Set(ROLES);
  const names = list.split(',').map((name) => name.trim());
  if (names.every((name) => name === '')) {
    problems.add('environment', 'ROLES', 'is empty: name web, worker or both, or leave it unset for both');
  }
  const roles = new Set<ProcessRole>();
  for (const name of names.filter((candidate) => candidate !== '')) {
    const role = ROLES.find((known) => known === name);
    if (role === undefined) problems.add('environment', 'ROLES', unknownRole(name));
    else roles.add(role);
  }
  return roles;
}

function unknownRole(name: string): string {
  return `${JSON.stringify(name)} is not a role: the roles are web and worker${didYouMean(name, ROLES)}`;
}
