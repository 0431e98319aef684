import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Paths of all that is no folder below `folder`, sorted; links are not followed, and `skip` names folders
 * that are not entered.
 */
export async function filesBelow(
  folder: string,
  skip: (path: string) => boolean = () => false,
): Promise<string[]> {
  const walk = async (prefix: string): Promise<string[]> => {
    const entries = await readdir(join(folder, prefix), { withFileTypes: true });
    const nested = entries.map(async (entry) => {
      const path = join(prefix, entry.name);
      if (!entry.isDirectory()) return [path];
      return skip(path) ? [] : walk(path);
    });
    return (await Promise.all(nested)).flat();
  };
  return (await walk('')).toSorted();
}
