import { createHash } from 'node:crypto';
import { type Dirent, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PermanentError } from '../../provisioner.js';

export interface SqlFile {
  readonly name: string;
  readonly text: string;
  /** The checksum of the file's bytes, in hex. */
  readonly sha256: string;
}

/**
 * Returns the names of the files in the order in which they run, which is that of their bytes. Throws with
 * the folder's name.
 */
export function sqlNames(folder: string): string[] {
  return entriesOf(folder)
    .filter((entry) => entry.name.endsWith('.sql') && !entry.isDirectory())
    .map((entry) => entry.name)
    .toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const text =
      code === 'ENOENT' ? `folder ${folder} does not exist` : `folder ${folder} cannot be read (${code})`;
    throw new Error(text, { cause: error });
  }
}

/** Reads the files of a folder. Throws PermanentError for a file that is not UTF-8 text. */
export async function readFolder(folder: string): Promise<SqlFile[]> {
  return Promise.all(sqlNames(folder).map(async (name) => toFile(name, await readFile(join(folder, name)))));
}

function toFile(name: string, bytes: Buffer): SqlFile {
  const text = decode(bytes);
  if (text === null || text.includes('\0'))
    throw new PermanentError(`postgres-sql: ${name} is not UTF-8 text`);
  return { name, text, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Returns the text without a byte order mark; null when the bytes are not UTF-8. */
function decode(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}
