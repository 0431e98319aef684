import { createHash } from 'node:crypto';
import { lstat, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { filesBelow } from './walk.ts';

/** The content of a folder. */
export interface Tree {
  /** SHA-256 over the path, executable bit and content of each file. Excludes times and owners. */
  readonly digest: string;
  readonly files: number;
  readonly bytes: number;
}

/** Reads `folder` completely. */
export async function treeOf(folder: string): Promise<Tree> {
  const hash = createHash('sha256');
  let [files, bytes] = [0, 0];
  for (const path of await filesBelow(folder)) {
    const full = join(folder, path);
    const stat = await lstat(full);
    const content = stat.isSymbolicLink() ? await readlink(full) : await readFile(full);
    hash.update(
      `${JSON.stringify(path)} ${stat.isSymbolicLink() ? 'link' : stat.mode & 0o111} ${content.length}\n`,
    );
    hash.update(content);
    files += 1;
    bytes += content.length;
  }
  return { digest: hash.digest('hex'), files, bytes };
}
