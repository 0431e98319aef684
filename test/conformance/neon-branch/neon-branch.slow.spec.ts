import { afterAll, beforeAll, describe, it } from 'vitest';
import plugin from '../../../src/provisioner/builtin/neon-branch/neon-branch.js';
import { describeProvisioner } from '../../../src/provisioner/testing/conformance.js';
import { type FakeNeon, type FakeNeonOptions, startFakeNeon } from '../../support/neon/fake-neon.js';

const WORLDS: readonly [string, FakeNeonOptions][] = [
  ['with operations that are finished at once', {}],
  [
    'with operations that take time, and small pages',
    {
      operationMs: { create_branch: 150, start_compute: 80, suspend_compute: 40, delete_timeline: 60 },
      maxPage: 2,
    },
  ],
];

describe.each(WORLDS)('%s', (_, options) => {
  let neon: FakeNeon;
  beforeAll(async () => {
    neon = await startFakeNeon(options);
  });
  afterAll(() => neon.stop());

  describeProvisioner(
    { describe, it },
    {
      plugin,
      /** The address is known only once the server runs, so getters read the configuration late. */
      config: {
        get apiKey() {
          return neon.apiKey;
        },
        get apiUrl() {
          return neon.url;
        },
        project: 'fake-project',
        compute: { min: 0.25, max: 1 },
      },
      invalidConfig: { apiKey: 'k', project: 'Not An Id', compute: { min: 2, max: 1 } },
      find: (key) => neon.branchesOf(key).map(({ id }) => id),
    },
  );
});
