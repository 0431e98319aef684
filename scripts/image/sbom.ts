import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ARGUMENTS = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'];

interface Lock {
  packages: Record<string, { dev?: boolean; devDependencies?: object }>;
}

/**
 * npm's list of the production packages in the lock file of `repository`, in CycloneDX. `npm sbom --omit=dev`
 * also omits production packages that development needs (npm/cli#7909), so this removes the development
 * packages from manifest and lock file first.
 */
export async function sbomOf(repository: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as {
    devDependencies?: object;
  };
  const lock = JSON.parse(await readFile(join(repository, 'package-lock.json'), 'utf8')) as Lock;
  delete manifest.devDependencies;
  delete lock.packages['']?.devDependencies;
  const packages = Object.fromEntries(Object.entries(lock.packages).filter(([, { dev }]) => dev !== true));
  const folder = await mkdtemp(join(tmpdir(), 'drawbridge-sbom-'));
  try {
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ ...lock, packages }));
    return (await promisify(execFile)('npm', ARGUMENTS, { cwd: folder, maxBuffer: 1e8 })).stdout;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
