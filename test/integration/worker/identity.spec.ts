import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeploymentInput } from '../../../src/twin/twin.js';
import { connection, createWorld, eventually, type World, WAIT_MS } from '../../support/world.js';
import { createTemplate, startCluster, type TestCluster } from '../../conformance/cluster.js';

/** Real branches on a real server. The credentials of deployments show which database each one got. */
let cluster: TestCluster;
let world: World;
const actions = (admin: string, name: string): string => `
actions:
  branch:
    provisioner: postgres-branch
    scope: git-branch
    config: &postgres { admin: '${admin}', template: ${name} }
  own-forks: { provisioner: postgres-branch, scope: git-branch, forks: own, config: *postgres }
  no-forks:
    { name: Branch, provisioner: postgres-branch, scope: git-branch, forks: refuse, config: *postgres }
  previews: { name: Branch, provisioner: postgres-branch, environments: [preview], config: *postgres }
  previews-or-fail:
    name: Branch
    provisioner: postgres-branch
    environments: [preview, qa]
    elsewhere: fail
    config: *postgres
`;

beforeAll(async () => {
  cluster = await startCluster();
  await createTemplate(cluster, 'app');
  for (const database of ['postgres', 'app'])
    await cluster.sql(`revoke connect, temporary on database ${database} from public`);
  world = await createWorld({
    actions: actions(cluster.url(), 'app'),
    env: { PUBLIC_URL: 'https://drawbridge.example.com' },
  });
});
afterAll(async () => {
  await world?.close();
  await cluster?.stop();
});

const REPOSITORY = { githubDeployment: '1', githubOrg: 'acme', githubRepo: 'web', githubRepoId: '100' };
const commitOf = (owner: string, id: number, prId: number | null = null): Partial<DeploymentInput> => ({
  project: 'web',
  gitRef: 'patch-1',
  gitSource: { type: 'github', repoId: id, prId },
  meta: {
    ...REPOSITORY,
    githubCommitRef: 'patch-1',
    githubCommitOrg: owner,
    githubCommitRepo: 'web',
    githubCommitRepoId: String(id),
  },
});
const OWNER = commitOf('acme', 100);
const FORKS = [commitOf('mallory', 666, 12), commitOf('trent', 777, 13)];

async function deploy(over: Partial<DeploymentInput>, action = 'branch') {
  const { id } = world.twin.createDeployment({
    project: 'web',
    connections: [connection({ actions: [action] })],
    ...over,
  });
  return world.twin.waitFor(id, WAIT_MS);
}

async function actionOf(deployment: string) {
  const { body } = await world.api(`/api/v1/actions?deployment=${deployment}`);
  const [{ id }] = body.items;
  return (await world.api(`/api/v1/actions/${id}`)).body;
}

/** Returns the database of the deployment's own credentials. */
async function databaseOf({
  env,
}: {
  env: Record<string, string>;
}): Promise<{ name: string; password: string }> {
  const client = new pg.Client({ connectionString: env['DATABASE_URL'] });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    return { name: rows[0]?.name as string, password: env['PGPASSWORD'] as string };
  } finally {
    await client.end();
  }
}

const distinct = (values: readonly string[]): number => new Set(values).size;

describe('a commit of another repository', () => {
  it.each(['branch', 'own-forks'])(
    'gets a separate database from the owner and other forks for the same ref: %s',
    async (action) => {
      const deployments = await Promise.all([OWNER, ...FORKS].map((commit) => deploy(commit, action)));
      const databases = await Promise.all(deployments.map(databaseOf));
      expect(distinct(databases.map(({ name }) => name))).toBe(3);
      expect(distinct(databases.map(({ password }) => password))).toBe(3);
      const again = await databaseOf(await deploy(OWNER, action));
      expect(again).toEqual(databases[0]);
    },
  );

  it('shares nothing with the next deployment of the fork, except with forks: own', async () => {
    const [fork] = FORKS as [Partial<DeploymentInput>];
    const two = async (action: string) =>
      Promise.all([await deploy(fork, action), await deploy(fork, action)].map(databaseOf));
    expect(distinct((await two('branch')).map(({ name }) => name))).toBe(2);
    expect(distinct((await two('own-forks')).map(({ name }) => name))).toBe(1);
  });

  it('fails the action with forks: refuse, with a text for the deployer and no allocation', async () => {
    const before = await world.sql('SELECT FROM allocation');
    const { id, state, actions } = await deploy(FORKS[0] as Partial<DeploymentInput>, 'no-forks');
    expect(state).toBe('error');
    expect(actions[0]?.statusText).toBe(
      "Branch does not serve this deployment: its commit is from another repository. Push the commit to a branch of the project's own repository.",
    );
    const action = await eventually(async () => {
      const current = await actionOf(id);
      return current.state === 'failed' && current;
    });
    expect(action).toMatchObject({
      reason: 'not-served',
      gitRef: 'patch-1',
      project: 'web',
      allocationKey: null,
    });
    expect(await world.sql('SELECT FROM allocation')).toHaveLength(before.length);
    expect((await deploy(OWNER, 'no-forks')).state).toBe('ready');
  });

  it('includes a merge request whose repository is unknown', async () => {
    const request: Partial<DeploymentInput> = {
      gitRef: 'patch-1',
      gitSource: { type: 'gitlab', projectId: 300, prId: 4 },
      meta: { gitlabProjectId: '300', gitlabCommitRef: 'patch-1' },
    };
    const { actions } = await deploy(request, 'no-forks');
    expect(actions[0]?.statusText).toContain('Vercel does not say from which repository');
    const two = await Promise.all([await deploy(request), await deploy(request)].map(databaseOf));
    expect(distinct(two.map(({ name }) => name))).toBe(2);
  });
});

describe('a custom environment', () => {
  it('has another database than the preview of the same ref, and shares it with itself', async () => {
    const staging = { ...OWNER, customEnvironment: { id: 'env_1', slug: 'staging' } };
    const deployments = [await deploy(staging), await deploy(staging), await deploy(OWNER)];
    const [one, again, preview] = await Promise.all(deployments.map(databaseOf));
    expect(again).toEqual(one);
    expect(preview?.name).not.toBe(one?.name);
    expect(preview?.password).not.toBe(one?.password);
    expect((await actionOf(deployments[0]?.id as string)).environment).toBe('staging');
  });
});

const about = async (id: string) => (await world.api(`/api/v1/deployments/${id}`)).body;

describe('several projects with one resource', () => {
  it('have one database each', async () => {
    const deployments = await Promise.all(
      ['web', 'docs'].map((project) => deploy({ project, gitRef: 'main-line' })),
    );
    const databases = await Promise.all(deployments.map(databaseOf));
    expect(distinct(databases.map(({ name }) => name))).toBe(2);
  });
});

describe('the answer about a deployment without an allocation', () => {
  it('distinguishes a prebuilt deployment, one without an action, and an unknown one', async () => {
    const prebuilt = await deploy({ ...OWNER, prebuilt: true });
    expect(prebuilt.state).toBe('ready');
    const answer = await about(prebuilt.id);
    expect(answer).toMatchObject({
      actions: 0,
      vercel: 'found',
      prebuilt: true,
      environment: 'preview',
      origin: 'own',
    });
    expect(answer.note).toContain('because it is prebuilt');
    expect(await about('dpl_nowhere')).toMatchObject({ actions: 0, vercel: 'gone', installationId: null });
    expect((await world.api('/api/v1/deployments/nowhere')).status).toBe(404);
  });

  it('explains that it was restored after its cleanup', async () => {
    const { id, actions } = await deploy(OWNER);
    const statusUrl = `${world.app.url}/status/${actions[0]?.statusUrl?.split('/').at(-1)}`;
    world.twin.delete(id);
    await eventually(async () => (await actionOf(id)).state === 'released');
    world.twin.restore(id);
    const answer = await about(id);
    expect(answer).toMatchObject({ actions: 1, vercel: 'found', restoredAt: expect.any(String) });
    expect(answer.note).toContain('Redeploy it');
    expect(await (await fetch(statusUrl)).text()).toContain(
      'the deployment was restored without its resources',
    );
  });
});

describe('an action limited to environments', () => {
  const PRODUCTION: Partial<DeploymentInput> = { gitRef: 'main', target: 'production' };

  it('succeeds in other environments without outcomes and allocation', async () => {
    const before = await world.sql('SELECT FROM allocation');
    const { id, state, env, actions } = await deploy(PRODUCTION, 'previews');
    expect({ state, env }).toEqual({ state: 'ready', env: {} });
    expect(actions[0]).toMatchObject({
      status: 'succeeded',
      statusText: 'nothing to do for production: the deployment keeps the variables of its project',
    });
    const bodies = world.twin
      .log()
      .flatMap((entry) =>
        entry.kind === 'api' && entry.deploymentId === id && entry.operation === 'update-action'
          ? [entry.body]
          : [],
      );
    expect(bodies.at(-1)).not.toHaveProperty('outcomes');
    const action = await eventually(async () => {
      const current = await actionOf(id);
      return current.state === 'succeeded' && current;
    });
    expect(action).toMatchObject({
      outcome: 'succeeded',
      allocationKey: null,
      environment: 'production',
      project: 'web',
    });
    expect(await world.sql('SELECT FROM allocation')).toHaveLength(before.length);
    const { body } = await world.api(`/api/v1/actions/${action.id}`);
    expect(body.transitions.map(({ event }: { event: string }) => event)).toEqual([
      'start',
      'skip',
      'accepted',
    ]);
    expect((await deploy({ gitRef: 'a' }, 'previews')).env).toHaveProperty('DATABASE_URL');
  });

  it('fails in other environments with elsewhere: fail, with a text for the person who deploys', async () => {
    const { id, state, actions } = await deploy(PRODUCTION, 'previews-or-fail');
    expect(state).toBe('error');
    expect(actions[0]?.statusText).toBe(
      "Branch serves only preview, qa; this deployment is for production. Disable the action for this environment in the project's connection, then redeploy.",
    );
    await eventually(async () => (await actionOf(id)).state === 'failed');
    expect(await actionOf(id)).toMatchObject({ reason: 'not-served', allocationKey: null });
  });

  it('matches a custom environment by its slug only, and never production by a slug', async () => {
    const at = async (slug: string) =>
      (await deploy({ gitRef: 'a', customEnvironment: { id: 'env_1', slug } }, 'previews-or-fail')).state;
    expect(await at('qa')).toBe('ready');
    expect(await at('staging')).toBe('error');
  });

  it('is released after a skip when the deployment is deleted', async () => {
    const { id, actions } = await deploy(PRODUCTION, 'previews');
    await eventually(async () => (await actionOf(id)).state === 'succeeded');
    world.twin.delete(id);
    await eventually(async () => (await actionOf(id)).state === 'released');
    world.twin.restore(id);
    expect((await about(id)).note).toBe('The deployment has 1 action(s).');
    const page = await fetch(`${world.app.url}/status/${actions[0]?.statusUrl?.split('/').at(-1)}`);
    expect(await page.text()).toContain('no longer needed<');
  });
});
