import { existsSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { GetDeploymentResponseBody$inboundSchema } from '@vercel/sdk/models/getdeploymentresponsebody.js';
import { describe, expect, it } from 'vitest';
import { checkSchema } from '../../../src/twin/api/api-update-action.js';
import { call, ONE, patch, SUCCEEDED, succeeded, world } from './twin-world.js';
import { WAIT_MS } from '../../support/wait.js';

const secret = (value: unknown) => ({
  status: 'succeeded',
  outcomes: [{ kind: 'resource-secrets', secrets: [value] }],
});
const OUTCOME = { kind: 'resource-secrets', secrets: [] };

/** Bodies that Vercel's schema rejects, each with the expected error message. */
const OUTSIDE_SCHEMA: [string, unknown, RegExp][] = [
  ['an unknown key', { status: 'running', progress: 5 }, /body\.progress is not a known key/],
  ['an unknown status', { status: 'done' }, /body\.status must be one of running, succeeded, failed/],
  ['a status of another type', { status: 1 }, /body\.status/],
  ['a null status', { status: null }, /body\.status/],
  ['a status text that is a number', { statusText: 5 }, /body\.statusText must be a string/],
  ['a status url with another scheme', { statusUrl: 'ftp://example.com' }, /body\.statusUrl must be a URI/],
  ['a status url with a blank', { statusUrl: 'https://example.com/a b' }, /body\.statusUrl must be a URI/],
  ['a status url that is null', { statusUrl: null }, /body\.statusUrl must be a string/],
  ['outcomes that are an object', { outcomes: OUTCOME }, /body\.outcomes must be an array/],
  ['an outcome without a kind', { outcomes: [{ secrets: [] }] }, /body\.outcomes\[0\]\.kind is missing/],
  ['an outcome without secrets', { outcomes: [{ kind: 'x' }] }, /body\.outcomes\[0\]\.secrets is missing/],
  ['an outcome with an unknown key', { outcomes: [{ ...OUTCOME, partial: true }] }, /outcomes\[0\]\.partial/],
  ['a secret without a value', secret({ name: 'A' }), /secrets\[0\]\.value is missing/],
  ['a secret without a name', secret({ value: 'a' }), /secrets\[0\]\.name is missing/],
  ['a secret with a prefix', secret({ name: 'A', value: 'a', prefix: 'P' }), /secrets\[0\]\.prefix/],
  [
    'a secret for an environment',
    secret({ name: 'A', value: 'a', environmentOverrides: {} }),
    /environmentOv/,
  ],
  [
    'a secret whose value is a number',
    secret({ name: 'A', value: 5 }),
    /secrets\[0\]\.value must be a string/,
  ],
  ['an array', [], /body must be an object/],
  ['null', null, /body must be an object/],
  ['a text', 'running', /body must be an object/],
];

const INSIDE_SCHEMA: [string, unknown][] = [
  ['nothing at all', {}],
  ['running with a text', { status: 'running', statusText: 'Creating branch' }],
  ['a text without a status', { statusText: '' }],
  ['a url for single sign-on', { statusUrl: 'sso:/jobs/42' }],
  ['an https url', { statusUrl: 'https://provider.example/jobs/42?a=b#c' }],
  ['an http url', { statusUrl: 'http://127.0.0.1:3000/status/x' }],
  ['an outcome of an unknown kind', { status: 'succeeded', outcomes: [{ kind: 'other', secrets: [] }] }],
  ['succeeded with secrets', SUCCEEDED],
  ['succeeded without outcomes', { status: 'succeeded', outcomes: [] }],
  ['failed with a text', { status: 'failed', statusText: 'Branch limit reached (10 of 10)' }],
];

describe('PATCH of an action', () => {
  it.each(OUTSIDE_SCHEMA)('rejects %s with 400 and names the key', async (_, body, message) => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    const answer = await patch(twin, id, body);
    expect(answer.status).toBe(400);
    const { error } = JSON.parse(answer.text) as { error: { code: string; message: string } };
    expect(error.code).toBe('bad_request');
    expect(error.message).toMatch(message);
    expect(twin.deployment(id)).toMatchObject({
      state: 'waiting',
      actions: [{ status: 'pending', reports: [] }],
    });
  });

  it.each(INSIDE_SCHEMA)('accepts %s with 202 and an empty body', async (_, body) => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    expect(await patch(twin, id, body)).toMatchObject({ status: 202, text: '' });
    expect(twin.deployment(id).actions[0]?.reports).toHaveLength(1);
  });

  it.each([
    ['a name that begins with a digit', { '1A': 'x' }, /not an environment variable/],
    ['a name with a dash', { 'A-B': 'x' }, /not an environment variable/],
    ['an empty name', { '': 'x' }, /not an environment variable/],
    ['an empty value', { A: '' }, /empty value for A/],
    ['more than 64 KB', { A: 'x'.repeat(64 * 1024) }, /65537 bytes; 65536 are allowed/],
  ])('rejects an environment with %s', async (_, env, message) => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    const answer = await patch(twin, id, succeeded(env));
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(message);
    expect(twin.deployment(id)).toMatchObject({ state: 'waiting' });
    expect(twin.deployment(id).env).toEqual({});
  });

  it('accepts exactly 64 KB, counted over all actions of the deployment', async () => {
    const { twin } = await world({ webhookUrl: null });
    const connections = [{ installationId: 'icfg_1', resourceId: 'db_1', actions: ['branch', 'seed'] }];
    const { id } = twin.createDeployment({ ...ONE, connections });
    expect((await patch(twin, id, succeeded({ A: 'x'.repeat(64 * 1024 - 1) }))).status).toBe(202);
    expect((await patch(twin, id, succeeded({ B: 'y' }), { action: 'seed' })).status).toBe(400);
  });

  it('rejects a body that is not JSON', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    expect((await patch(twin, id, null, { raw: '{"status":' })).status).toBe(400);
    expect((await patch(twin, id, {}, { contentType: 'text/plain' })).status).toBe(400);
    expect((await patch(twin, id, null, { raw: '' })).status).toBe(202);
  });

  it('distinguishes callers, installations, deployments and actions', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    const statusOf = async (options: Parameters<typeof patch>[3], deployment = id) =>
      (await patch(twin, deployment, {}, options)).status;
    expect(await statusOf({ token: null })).toBe(401);
    expect(await statusOf({ token: 'token-unknown' })).toBe(401);
    expect(await statusOf({ token: 'token-2' })).toBe(403);
    expect(await statusOf({ installation: 'icfg_unknown' })).toBe(404);
    expect(await statusOf({ installation: 'icfg_2', token: 'token-2' })).toBe(404);
    expect(await statusOf({ resource: 'db_2' })).toBe(404);
    expect(await statusOf({ action: 'seed' })).toBe(404);
    expect(await statusOf({}, 'dpl_unknown')).toBe(404);
    twin.delete(id);
    expect(await statusOf({})).toBe(410);
    expect(twin.log().filter((entry) => entry.kind === 'api' && entry.executed)).toEqual([]);
  });

  it('responds to unknown paths and methods like Vercel', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    expect(await call(twin, 'GET', '/v1/nothing', undefined, 'token-1')).toMatchObject({
      status: 404,
      body: { error: { code: 'not_found', message: expect.stringContaining('/v1/nothing') } },
    });
    expect((await call(twin, 'POST', `/v13/deployments/${id}`, {}, 'token-1')).status).toBe(405);
    expect((await call(twin, 'GET', '/v13/deployments/%E0%A4%A', undefined, 'token-1')).status).toBe(400);
  });
});

const SHARED = new URL('../../../../shared/vercel/vercel-actions-openapi.json', import.meta.url);
const OWN = new URL('../../support/vercel/update-action.schema.json', import.meta.url);
const PATH =
  '/v1/deployments/{deploymentId}/integrations/{integrationConfigurationId}/resources/{resourceId}/actions/{action}';

describe('the schema of the twin', () => {
  const own = JSON.parse(readFileSync(OWN, 'utf8')) as object;
  const ajv = new Ajv({
    strict: false,
    formats: { uri: (value: string) => URL.canParse(value) && !/[\s<>"]/.test(value) },
  });
  const validate = ajv.compile(own);
  const cases: [string, unknown][] = [
    ...OUTSIDE_SCHEMA.map(([name, body]): [string, unknown] => [name, body]),
    ...INSIDE_SCHEMA,
  ];

  it.each(cases)('agrees with the schema of Vercel about %s', (_, body) => {
    expect(checkSchema(body).ok).toBe(validate(body));
  });

  it('is compared with the schema of an object without unknown keys', () => {
    expect(own).toMatchObject({ type: 'object', additionalProperties: false });
  });

  it.runIf(existsSync(SHARED))('is compared with a copy that equals the published schema', () => {
    const { paths } = JSON.parse(readFileSync(SHARED, 'utf8')) as Published;
    expect(own).toEqual(paths[PATH]?.patch.requestBody.content['application/json'].schema);
  });
});

interface Published {
  paths: Record<string, { patch: { requestBody: { content: { 'application/json': { schema: object } } } } }>;
}

describe('GET of a deployment', () => {
  it('returns the owner’s view with git reference, integrations and readyState', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id, url, projectId } = twin.createDeployment({ ...ONE, pullRequest: 7, meta: { extra: 'yes' } });
    const { status, body } = await call(
      twin,
      'GET',
      `/v13/deployments/${id}?withGitRepoInfo=true`,
      undefined,
      'token-1',
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id,
      url,
      name: 'shop',
      projectId,
      project: { id: projectId, name: 'shop' },
    });
    expect(body).toMatchObject({
      readyState: 'INITIALIZING',
      integrations: { status: 'pending' },
      target: null,
    });
    expect(body.gitSource).toMatchObject({ type: 'github', ref: 'feature-x', prId: 7 });
    expect(body.meta).toMatchObject({
      githubCommitRef: 'feature-x',
      githubCommitSha: body.gitSource.sha,
      extra: 'yes',
    });
    expect((await call(twin, 'GET', `/v13/deployments/${url}`, undefined, 'token-1')).body.id).toBe(id);
  });

  it('omits integrations, project and owner in the reduced view', async () => {
    const { twin } = await world({ webhookUrl: null, view: 'reduced' });
    const { id } = twin.createDeployment(ONE);
    const { body } = await call(twin, 'GET', `/v13/deployments/${id}`, undefined, 'token-1');
    expect(body).toMatchObject({ id, gitSource: { ref: 'feature-x' } });
    for (const key of ['integrations', 'projectId', 'ownerId', 'env']) expect(body).not.toHaveProperty(key);
  });

  it('has no git fields without a reference, and only meta for a detached checkout', async () => {
    const { twin } = await world({ webhookUrl: null });
    const get = async (gitRef: string | null) => {
      const { id } = twin.createDeployment({ ...ONE, gitRef });
      return (await call(twin, 'GET', `/v13/deployments/${id}`, undefined, 'token-1')).body;
    };
    const plain = await get(null);
    expect(plain.meta).toEqual({});
    expect(plain).not.toHaveProperty('gitSource');
    const detached = await get('HEAD');
    expect(detached.meta.gitCommitRef).toBe('HEAD');
    expect(detached).not.toHaveProperty('gitSource');
  });

  it.each(['owner', 'reduced'] as const)(
    'returns a %s view that the published client can parse',
    async (view) => {
      const { twin } = await world({ webhookUrl: null, view });
      const waiting = twin.createDeployment(ONE).id;
      const done = twin.createDeployment({ ...ONE, target: 'production' }).id;
      await patch(twin, done, SUCCEEDED);
      const failed = twin.createDeployment({ ...ONE, gitRef: null }).id;
      await patch(twin, failed, { status: 'failed', statusText: 'no' });
      const canceled = twin.createDeployment({ ...ONE, gitRef: 'HEAD' }).id;
      twin.cancel(canceled);
      for (const id of [waiting, done, failed, canceled]) {
        const { body } = await call(twin, 'GET', `/v13/deployments/${id}`, undefined, 'token-1');
        const read = GetDeploymentResponseBody$inboundSchema.safeParse(body);
        expect(read.error).toBeUndefined();
        expect((read.data as { readyState: string }).readyState).toBe(body.readyState);
      }
    },
  );

  it.each([
    { gitSource: { type: 'github', repoId: 7, prId: 12 } as const, meta: { githubCommitOrg: 'mallory' } },
    { gitSource: { type: 'gitlab', projectId: 7 } as const },
    { gitSource: { type: 'bitbucket', repoUuid: '{a}', workspaceUuid: '{b}' } as const },
    { gitSource: null, meta: { githubCommitRef: 'feature-x' } },
    { customEnvironment: { id: 'env_1', slug: 'staging' } },
    { customEnvironment: { id: 'env_1' } },
  ])('returns the requested form so that the published client can parse it: %j', async (forms) => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment({ ...ONE, ...forms });
    const { body } = await call(twin, 'GET', `/v13/deployments/${id}`, undefined, 'token-1');
    const { gitSource, ...rest } = forms as { gitSource?: object | null };
    expect(body).toMatchObject({ ...(gitSource ? { gitSource } : {}), ...rest });
    if (gitSource === null) expect(body).not.toHaveProperty('gitSource');
    expect(GetDeploymentResponseBody$inboundSchema.safeParse(body).error).toBeUndefined();
  });

  it('starts no action of a prebuilt deployment, and marks it as prebuilt', async () => {
    const { twin, provider } = await world();
    const { id, state, actions } = twin.createDeployment({ ...ONE, prebuilt: true });
    expect({ state, actions }).toEqual({ state: 'ready', actions: [] });
    const { body } = await call(twin, 'GET', `/v13/deployments/${id}`, undefined, 'token-1');
    expect(body).toMatchObject({ prebuilt: true, readyState: 'READY' });
    expect(provider.hooks).toEqual([]);
  });

  it('restores a deployment after its deletion, and starts no action for it', async () => {
    const { twin, provider } = await world();
    const { id } = twin.createDeployment(ONE);
    await patch(twin, id, SUCCEEDED);
    await twin.waitFor(id, WAIT_MS);
    const restore = async () => (await call(twin, 'POST', `/twin/deployments/${id}/restore`)).status;
    expect(await restore()).toBe(409); // The deployment is not deleted.
    twin.delete(id);
    await twin.waitFor(() => twin.pendingWebhooks === 0, WAIT_MS);
    const hooks = provider.hooks.length;
    expect(await restore()).toBe(200);
    const { status, body } = await call(twin, 'GET', `/v13/deployments/${id}`, undefined, 'token-1');
    expect({ status, readyState: body.readyState }).toEqual({ status: 200, readyState: 'READY' });
    expect(body.undeletedAt).toBeGreaterThan(body.deletedAt);
    expect(provider.hooks).toHaveLength(hooks);
  });

  it.each([
    [{ gitSource: { type: 'svn' } }, 'gitSource.type must be one of'],
    [{ gitSource: { type: 'github', owners: 'x' } }, 'gitSource.owners is not a known key'],
    [{ customEnvironment: { slug: 'staging' } }, 'customEnvironment.id is missing'],
    [{ customEnvironment: { id: 'env_1' }, target: 'production' }, 'target must be omitted'],
    [{ prebuilt: 'yes' }, 'prebuilt must be true or false'],
  ])('rejects a form that Vercel does not have: %j', async (wrong, message) => {
    const { twin } = await world({ webhookUrl: null });
    const { status, body } = await call(twin, 'POST', '/twin/deployments', { ...ONE, ...wrong });
    expect(status).toBe(400);
    expect(body.error.message).toContain(message);
  });

  it('shows the recovery period and its end without webhooks', async () => {
    const { twin, provider } = await world();
    const { id } = twin.createDeployment(ONE);
    const act = async (verb: string) => (await call(twin, 'POST', `/twin/deployments/${id}/${verb}`)).status;
    expect(await act('soft-delete')).toBe(409); // The deployment still waits.
    await patch(twin, id, SUCCEEDED);
    await twin.waitFor(id, WAIT_MS);
    const hooks = provider.hooks.length;
    const read = async () => (await call(twin, 'GET', `/v13/deployments/${id}`, undefined, 'token-1')).body;
    expect(await act('soft-delete')).toBe(200);
    const deleted = await read();
    expect(deleted).toMatchObject({ deletedAt: expect.any(Number), softDeletedByRetention: true });
    expect(await act('undelete')).toBe(200);
    const restored = await read();
    expect(restored.undeletedAt).toBeGreaterThan(deleted.deletedAt);
    expect(restored).toMatchObject({ deletedAt: deleted.deletedAt });
    expect(restored).not.toHaveProperty('softDeletedByRetention');
    expect(await act('undelete')).toBe(409);
    twin.deleteSoftly(id);
    expect((await read()).deletedAt).toBeGreaterThan(restored.undeletedAt);
    expect(GetDeploymentResponseBody$inboundSchema.safeParse(await read()).error).toBeUndefined();
    expect(provider.hooks).toHaveLength(hooks);
  });

  it('responds 401, 403, 404 and 410', async () => {
    const { twin } = await world({ webhookUrl: null });
    const { id } = twin.createDeployment(ONE);
    const get = async (deployment: string, token?: string) =>
      (await call(twin, 'GET', `/v13/deployments/${deployment}`, undefined, token)).status;
    expect(await get(id)).toBe(401);
    expect(await get(id, 'token-2')).toBe(403);
    expect(await get('dpl_unknown', 'token-1')).toBe(404);
    twin.delete(id);
    expect(await get(id, 'token-1')).toBe(410);
  });
});
