import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Builds the server and its pages before the first test that needs `dist`. */
export default function setUp(): void {
  const cwd = resolve(import.meta.dirname, '../..');
  execFileSync('npm', ['run', '--silent', 'build'], { cwd, stdio: 'inherit' });
}
