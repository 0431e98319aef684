import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { find, helm, helmSet, kustomize, parse, SET_NAMES, SETS, type Manifest } from './render.js';
import { schemaErrors } from './schema.js';

describe('the rendered objects match the schemas of Kubernetes and of the operators', () => {
  it.each(SET_NAMES)('by the chart, with the values %s', async (set) => {
    expect(await schemaErrors(await helmSet(set))).toEqual([]);
  });

  it.each(Object.values(SETS))('by kustomize, in %s', async (folder) => {
    expect(await schemaErrors(await kustomize(folder))).toEqual([]);
  });

  it('with the Secrets of a trial, and with those of External Secrets', async () => {
    const names = ['DATABASE_URL', 'VERCEL_CLIENT_SECRET', 'ENCRYPTION_KEYS', 'OPERATOR_TOKENS'];
    const data = [...names, 'BRANCH_ADMIN_URL'].flatMap((name) => ['--set', `secret.data.${name}=x`]);
    expect(await schemaErrors(await helm(['--set', 'secret.create=true', ...data]))).toEqual([]);
    const external = ['--set', 'externalSecret.enabled=true,externalSecret.store=vault'];
    expect(await schemaErrors(await helm(external))).toEqual([]);
  });

  it('in the example of a database', async () => {
    const text = await readFile('deploy/examples/cloudnative-pg.yaml', 'utf8');
    expect(await schemaErrors(parse(text))).toEqual([]);
  });
});

describe('the schema check', () => {
  const broken = async (change: (deployment: Manifest) => void): Promise<string[]> => {
    const deployment = find(await helm(), 'Deployment', 'drawbridge-web');
    change(deployment);
    return schemaErrors([deployment]);
  };

  it('finds an unknown field at any depth', async () => {
    const errors = await broken((one) => (one['spec'].template.spec.containers[0].readynessProbe = {}));
    expect(errors.join()).toMatch(/^Deployment drawbridge-web: .*'"readynessProbe"' does not exist in type/);
  });

  it('finds a value of the wrong type', async () => {
    const errors = await broken((one) => (one['spec'].replicas = 'two'));
    expect(errors.join()).toMatch(/data\/spec\/replicas must be integer/);
  });

  it('finds a missing field', async () => {
    const errors = await broken((one) => delete one['spec'].selector);
    expect(errors.join()).toMatch(/must have required property selector/);
  });

  it('finds a kind that the API version does not have', async () => {
    const errors = await broken((one) => (one.kind = 'Deploymint'));
    expect(errors.join()).toMatch(/Deploymint/);
  });

  it('finds mistakes in custom resources', async () => {
    const scaled = find(await helmSet('production'), 'ScaledObject', 'drawbridge-worker');
    const unknown = structuredClone(scaled);
    unknown['spec'].maxReplicas = 3;
    scaled['spec'].triggers[0].metricType = 1;
    expect((await schemaErrors([unknown])).join()).toMatch(/'"maxReplicas"' does not exist in type/);
    expect((await schemaErrors([scaled])).join()).toMatch(/triggers\/0\/metricType must be string/);
  });
});
