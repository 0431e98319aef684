import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The paths of all files and links below `folder`, sorted. Does not follow links, nor enter folders for which
 * `skip` returns true.
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
