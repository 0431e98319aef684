/**
 * Makes a directory for each key in one folder, with the hash of a token that opens it: a whole provisioner
 * that needs no backend. Replace the directory by what your product makes; the tests say whether every
 * promise is kept.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';

const configSchema = z.strictObject({
  folder: z.string().refine(isAbsolute, 'must be the absolute path of a folder'),
});

/** @type {import('drawbridge/provisioner').ProvisionerPlugin<z.infer<typeof configSchema>, null>} */
const plugin = {
  apiVersion: 1,
  name: 'my-provisioner',
  configSchema,
  create: ({ folder }) => ({
    async provision({ key, derive, signal }) {
      signal.throwIfAborted();
      const directory = join(folder, key);
      // The same in every call for this key: nothing has to be stored, and nothing is lost in a crash.
      const token = Buffer.from(derive('token')).toString('base64url');
      const hash = createHash('sha256').update(token).digest('hex');
      await mkdir(directory).catch(unless('EEXIST', folder));
      await writeFile(join(directory, 'token.sha256'), hash, { signal });
      return {
        status: 'ready',
        handle: null,
        secrets: { MY_PROVISIONER_DIRECTORY: directory, MY_PROVISIONER_TOKEN: token },
      };
    },

    async deprovision({ key, signal }) {
      signal.throwIfAborted();
      await rm(join(folder, key), { recursive: true, force: true });
      return { status: 'gone' };
    },

    async check() {
      await access(folder, constants.W_OK).catch(unless('none', folder));
    },

    async list() {
      const entries = await readdir(folder, { withFileTypes: true }).catch(unless('none', folder));
      return (entries ?? []).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    },
  }),
};

export default plugin;

/**
 * Handles a failure of the file system: the expected one is none; any other is told in words that are the
 * same each time.
 *
 * @param {string} expected a code such as EEXIST
 * @param {string} folder
 * @returns {(error: NodeJS.ErrnoException) => undefined}
 */
function unless(expected, folder) {
  return (error) => {
    if (error.code === expected) return;
    throw new Error(`my-provisioner: folder ${folder} cannot be used (${error.code})`, { cause: error });
  };
}
