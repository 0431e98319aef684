/**
 * Builds the content of the image without a container engine: runs the steps of the Dockerfile in a plain
 * folder.
 *
 *   npm run image -- [FOLDER]
 *
 * Replaces FOLDER (default: .build/image). It contains `root` (the image's own files below /), `image.json`
 * (labels, environment, user, entry point, size and digest) and `sbom.cdx.json` (the packages as a CycloneDX
 * document). The digest depends on the sources only.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildImage } from './build.ts';
import { sbomOf } from './sbom.ts';
import { treeOf } from './tree.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

const target = resolve(process.argv[2] ?? join(REPOSITORY, '.build', 'image'));
await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });

const { version } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')) as {
  version: string;
};
const image = await buildImage(REPOSITORY, target, { VERSION: version });
const [whole, modules] = [
  await treeOf(image.root),
  await treeOf(join(image.root, image.workdir, 'node_modules')),
];
await writeFile(join(target, 'sbom.cdx.json'), await sbomOf(REPOSITORY));
await writeFile(join(target, 'image.json'), `${JSON.stringify({ ...image, ...whole }, null, 2)}\n`);
console.log(
  `${megabytes(whole.bytes)} in ${whole.files} files, including ${megabytes(modules.bytes)} of packages; ` +
    `base image ${image.base}`,
);
console.log(`sha256 ${whole.digest}`);

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
