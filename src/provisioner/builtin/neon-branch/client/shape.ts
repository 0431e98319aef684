/** Guards against JSON of something that is not Neon's API: a proxy or a wrong apiUrl answers 200 with anything. */

export function requiredList<T>(items: T[], what: string): T[] {
  if (!Array.isArray(items)) throw notNeon(what);
  return items;
}

export function required<T extends object>(item: T | undefined, what: string): T {
  if (typeof item !== 'object') throw notNeon(what);
  return item;
}

const notNeon = (what: string): Error => new Error(`neon-branch: apiUrl gave no ${what}; is it Neon's API?`);
