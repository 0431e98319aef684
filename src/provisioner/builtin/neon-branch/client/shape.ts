/** Checks of answers: a proxy or a wrong apiUrl may answer 200 with any JSON. */

export function requiredList<T>(items: T[], what: string): T[] {
  if (!Array.isArray(items)) throw notNeon(what);
  return items;
}

export function required<T extends object>(item: T | undefined, what: string): T {
  if (typeof item !== 'object') throw notNeon(what);
  return item;
}

const notNeon = (what: string): Error =>
  new Error(`neon-branch: apiUrl answered without "${what}"; check that apiUrl is Neon's API`);
