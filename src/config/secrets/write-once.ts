import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Returns the text of `file`. If the file is missing, writes the result of `make` (mode 0600). If several
 * processes start at once, one writes and all get its text: a complete file is linked into place, so no
 * process reads a partial file.
 */
export function readOrWriteOnce(file: string, make: () => string): { text: string; made: boolean } {
  const kept = readIfThere(file);
  if (kept !== null) return { text: kept, made: false };
  const text = make();
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return { text, made: true };
  } catch (error) {
    const winner = (error as NodeJS.ErrnoException).code === 'EEXIST' ? readIfThere(file) : null;
    if (winner === null) throw error;
    return { text: winner, made: false };
  } finally {
    rmSync(draft, { force: true });
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
