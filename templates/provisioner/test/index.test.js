import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { describeProvisioner } from 'drawbridge/provisioner/testing';
import plugin from 'my-provisioner';

const folder = await mkdtemp(join(tmpdir(), 'my-provisioner-'));
after(() => rm(folder, { recursive: true }));

describeProvisioner(
  { describe, it },
  {
    plugin,
    // Lets the kit call the plugin from another process, without the variables of this one.
    module: import.meta.resolve('my-provisioner'),
    config: { folder },
    invalidConfig: { folder: 'not/absolute', foldr: folder },
    // Reads the backend directly. The inode changes when a directory is made again.
    find: (key) =>
      stat(join(folder, key)).then(
        ({ ino, birthtimeMs }) => `${ino} ${birthtimeMs}`,
        () => null,
      ),
  },
);

describe('my-provisioner', () => {
  it('reports which folder cannot be used', async () => {
    const check = plugin.create({ folder: join(folder, 'nowhere') }).check?.(AbortSignal.timeout(1_000));
    await assert.rejects(async () => check, /my-provisioner: folder .*nowhere cannot be used \(ENOENT\)/);
  });

  it('lists the directories of its folder', async () => {
    await mkdir(join(folder, 'one'));
    await writeFile(join(folder, 'not-one'), '');
    assert.deepEqual(await plugin.create({ folder }).list?.(AbortSignal.timeout(1_000)), ['one']);
  });
});
