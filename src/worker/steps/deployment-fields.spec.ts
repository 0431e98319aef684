import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEPLOYMENT_PROPERTIES } from '../../action/entities/action-deployment.js';
import { foundOf, NO_DEPLOYMENT, viewOf } from '../../../test/support/action-run.js';
import { actionDeployment, pluginDeployment } from './deployment-fields.js';

const FOUND = foundOf({ target: 'staging', pullRequest: 7, environment: { key: 'custom:qa', name: 'qa' } });
const COLUMNS = {
  deploymentUrl: 'shop.vercel.app',
  projectId: 'prj_1',
  projectName: 'shop',
  target: 'staging',
  environment: 'qa',
  gitRef: 'main',
  gitSha: 'c0ffee',
  pullRequest: 7,
};

describe('the fields of a deployment', () => {
  it('become columns of the action, all null when the token may not read the deployment', () => {
    expect(actionDeployment(FOUND)).toEqual(COLUMNS);
    expect(actionDeployment(null)).toEqual(NO_DEPLOYMENT);
    expect(Object.keys(COLUMNS).toSorted()).toEqual(DEPLOYMENT_PROPERTIES.toSorted());
  });

  it('reach plugins by their names, without the environment', () => {
    expect(pluginDeployment(viewOf(COLUMNS))).toEqual({
      id: 'dpl_1',
      url: 'shop.vercel.app',
      projectId: 'prj_1',
      projectName: 'shop',
      target: 'staging',
      gitRef: 'main',
      gitSha: 'c0ffee',
      pullRequest: 7,
    });
  });
});

describe('a column that plugins see', () => {
  /** Builtins use a field, the kit has an example of it, the twin is Vercel. */
  const OTHERS = /^src\/(provisioner\/(builtin|testing)|twin)\/|\.spec\.ts$/;
  const core = globSync('src/**/*.ts').filter((path) => !OTHERS.test(path));

  it.each([/\b(gitSha|git_sha)\b/, /\b(pullRequest|pull_request)\b/])(
    'is typed in four files: migration, entity, contract and the reader of Vercel: %s',
    (name) => {
      expect(core.filter((path) => name.test(readFileSync(path, 'utf8'))).toSorted()).toEqual([
        'src/action/entities/action-deployment.ts',
        'src/database/migrations/1764000000000-skeleton.ts',
        'src/provisioner/provisioner.ts',
        'src/vercel/deployment/deployment-reader.ts',
      ]);
    },
  );
});
