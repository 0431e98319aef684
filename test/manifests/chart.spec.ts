import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { readConfig } from '../../src/config/config.js';
import { VARIABLES } from '../../src/config/env/env.js';
import { SECRET_VARIABLES } from '../../src/config/reference.js';
import { QUEUE } from '../../src/database/queue/queue.js';
import { pathsOf } from './policy-set.js';
import { CHART, find, helm, helmSet, idOf, NAMESPACE, ofKind, SET_NAMES, valuesOf } from './render.js';
import { run } from './tools.js';

const set = (...assignments: string[]): string[] => assignments.flatMap((one) => ['--set', one]);
const HOST = 'ingress.enabled=true,ingress.host=drawbridge.example.com';
const DIRECT = 'database.direct.enabled=true';
const KEDA = 'worker.autoscaling.enabled=true';
const SECRETS = ['DATABASE_URL', 'VERCEL_CLIENT_SECRET', 'ENCRYPTION_KEYS', 'OPERATOR_TOKENS'];
const container = (manifest: any): any => manifest.spec.template.spec.containers[0];
const env = (manifest: any): Record<string, any> =>
  Object.fromEntries(
    container(manifest).env.map((entry: any) => [entry.name, entry.value ?? entry.valueFrom]),
  );

describe('the chart', () => {
  it.each(SET_NAMES)("passes helm's strict lint with the values %s", async (name) => {
    const said = await run('helm', ['lint', '--strict', CHART, '-n', NAMESPACE, ...valuesOf(name)]);
    expect(said).toContain('1 chart(s) linted, 0 chart(s) failed');
    expect(said).not.toMatch(/WARNING|ERROR/);
  });

  it('installs nothing that requires an operator, and exposes nothing, by default', async () => {
    const kinds = new Set((await helm()).map(({ kind }) => kind));
    const plain = ['ConfigMap', 'Deployment', 'Job', 'NetworkPolicy', 'PodDisruptionBudget', 'Service'];
    expect([...kinds].sort()).toEqual([...plain, 'ServiceAccount']);
  });

  it("uses the image of the project's version, or the configured digest", async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
    const [web] = ofKind(await helm(), 'Deployment');
    expect(container(web).image).toBe(`drawbridge:${version}`);
    const digest = `sha256:${'0'.repeat(64)}`;
    const all = await helm(set('image.tag=1.2.3', `image.digest=${digest}`));
    for (const one of ofKind(all, 'Deployment', 'Job'))
      expect(container(one).image).toBe(`drawbridge@${digest}`);
  });

  it('prints the next steps', async () => {
    const args = ['install', 'drawbridge', CHART, '-n', NAMESPACE, '--dry-run=client', ...set(HOST)];
    const said = await run('helm', args);
    expect(said).toContain('https://drawbridge.example.com/webhooks/vercel');
    expect(said).toContain('The pods read their secrets from the Secret drawbridge.');
  });
});

describe('values', () => {
  it.each([
    ['that do not exist', ['webb.replicas=2'], /additional properties 'webb' not allowed/],
    ['of another type', ['web.replicas=many'], /at '\/web\/replicas'/],
    ['with the tag latest', ['image.tag=latest'], /at '\/image\/tag'/],
    [
      'with a secret among the plain variables',
      ['config.ENCRYPTION_KEYS=x'],
      /'ENCRYPTION_KEYS' not allowed/,
    ],
    ['with no worker', ['worker.autoscaling.minReplicas=0'], /at '\/worker\/autoscaling\/minReplicas'/],
    ['with a budget that blocks drains', ['podDisruptionBudget.maxUnavailable=0'], /maxUnavailable/],
    ['without a host', ['ingress.enabled=true'], /ingress.host: set the public host name/],
    [
      'without an address for KEDA',
      ['worker.autoscaling.enabled=true'],
      /prometheusAddress: set the address/,
    ],
    ['that scale workers without a Deployment', ['worker.separate=false', KEDA], /requires worker.separate/],
    ['without a store', ['externalSecret.enabled=true'], /externalSecret.store: set the name/],
    ['that lack a secret', ['secret.create=true', 'secret.data.X=y'], /secret.data.DATABASE_URL is missing/],
    [
      'that lack the direct URL',
      ['secret.create=true', DIRECT, ...SECRETS.map((name) => `secret.data.${name}=x`)],
      /secret.data.DATABASE_DIRECT_URL is missing/,
    ],
    [
      'with two sources of the Secret',
      ['secret.create=true', 'externalSecret.enabled=true'],
      /exclude each other/,
    ],
  ])('%s are refused', async (_, assignments, problem) => {
    await expect(helm(set(...assignments))).rejects.toThrow(problem);
  });

  it("may name every variable of the server except secrets and the chart's own", async () => {
    const schema = JSON.parse(await readFile(`${CHART}/values.schema.json`, 'utf8'));
    const own = ['NODE_ENV', 'PORT', 'HOST', 'ROLES', 'ACTIONS_FILE', ...SECRET_VARIABLES];
    const named = Object.keys(schema.properties.config.properties);
    expect(named.sort()).toEqual(VARIABLES.filter((name) => !own.includes(name)).sort());
  });

  it('are all described in the schema, and the schema leaves no object open', async () => {
    const schema = JSON.parse(await readFile(`${CHART}/values.schema.json`, 'utf8'));
    const undescribed: string[] = [];
    const look = (at: any, path: string): void => {
      for (const [key, value] of Object.entries<any>(at.properties ?? {})) {
        const here = `${path}.${key}`;
        if (value.description !== undefined) continue;
        if (value.additionalProperties === false && value.properties) look(value, here);
        else undescribed.push(here);
      }
    };
    look(schema, '');
    expect(undescribed).toEqual([]);
  });
});

describe('the pods', () => {
  it('restart when the actions file changes, and only then', async () => {
    const checksums = async (text: string): Promise<string[]> => {
      const all = await helm(['--set-string', `actionsFile=${text}`]);
      const found = ofKind(all, 'Deployment').map((one) => one['spec'].template.metadata.annotations);
      return found.map((annotations) => annotations['checksum/actions']);
    };
    const [first, same, other] = [await checksums('a'), await checksums('a'), await checksums('b')];
    expect(first).toEqual(same);
    expect(other[0]).not.toBe(first[0]);
    expect(new Set(first).size).toBe(1);
  });

  it('get the actions file unchanged', async () => {
    const given = await readFile('config/actions.yaml', 'utf8');
    const { data } = find(
      await helm(['--set-file', 'actionsFile=config/actions.yaml']),
      'ConfigMap',
      'drawbridge-actions',
    ) as any;
    expect(parseYaml(data['actions.yaml'])).toEqual(parseYaml(given));
  });

  it('have one role each, or both in a single Deployment', async () => {
    const roles = (all: any[]) => ofKind(all, 'Deployment').map((one) => [idOf(one), env(one)['ROLES']]);
    expect(roles(await helm())).toEqual([
      ['Deployment drawbridge-web', 'web'],
      ['Deployment drawbridge-worker', 'worker'],
    ]);
    expect(roles(await helm(set('worker.separate=false')))).toEqual([
      ['Deployment drawbridge-web', 'web,worker'],
    ]);
  });

  it('get their public address from the ingress, or the configured one', async () => {
    const urls = async (...args: string[]) =>
      ofKind(await helm(set(...args)), 'Deployment').map((one) => env(one)['PUBLIC_URL']);
    expect(await urls(HOST)).toEqual(Array(2).fill('https://drawbridge.example.com'));
    expect(await urls(HOST, 'config.PUBLIC_URL=https://a.example')).toEqual(
      Array(2).fill('https://a.example'),
    );
    expect(await urls()).toEqual([undefined, undefined]);
  });

  it('may reach Vercel from web and worker, also without an identity provider', async () => {
    const all = await helm();
    for (const name of ['drawbridge-web', 'drawbridge-worker']) {
      const ports = find(all, 'NetworkPolicy', name)['spec'].egress.flatMap((rule: any) => rule.ports);
      expect(ports, name).toContainEqual({ protocol: 'TCP', port: 443 });
    }
  });

  it("may start without operators' tokens if an identity provider signs people in", async () => {
    const all = await helm(set('config.OPERATOR_OIDC_ISSUER=https://login.example.com'));
    const [web] = ofKind(all, 'Deployment');
    expect(env(web)['OPERATOR_TOKENS'].secretKeyRef.optional).toBe(true);
    expect(env(web)['ENCRYPTION_KEYS'].secretKeyRef.optional).toBeUndefined();
  });

  it("fetch operators' tokens from the store only if they are required or named: a missing one would prevent all secrets", async () => {
    const fetched = async (...more: string[]) => {
      const all = await helm(set('externalSecret.enabled=true,externalSecret.store=vault', ...more));
      const data = find(all, 'ExternalSecret', 'drawbridge')['spec'].data as { secretKey: string }[];
      return data.map(({ secretKey }) => secretKey);
    };
    const oidc = 'config.OPERATOR_OIDC_ISSUER=https://login.example.com';
    const own = 'externalSecret.refs.OPERATOR_TOKENS.key=drawbridge-tokens';
    expect(await fetched()).toContain('OPERATOR_TOKENS');
    expect(await fetched(oidc)).toEqual((await fetched()).filter((name) => name !== 'OPERATOR_TOKENS'));
    expect(await fetched(oidc, own)).toContain('OPERATOR_TOKENS');
  });

  it.each([
    ['a key of the main Secret', [], { name: 'drawbridge', key: 'DATABASE_DIRECT_URL' }],
    [
      'the same key that is also among the extra keys',
      ['secret.extraKeys={DATABASE_DIRECT_URL}'],
      { name: 'drawbridge', key: 'DATABASE_DIRECT_URL' },
    ],
    [
      'a Secret of its own',
      ['database.secretName=db-pooler', 'database.direct.secretName=db-app'],
      { name: 'db-app', key: 'uri' },
    ],
  ])('get the direct URL from %s, and so does the Job', async (_, assignments, secretKeyRef) => {
    const all = await helm(set(DIRECT, ...assignments));
    for (const one of ofKind(all, 'Deployment')) {
      const named = container(one).env.filter(({ name }: any) => name === 'DATABASE_DIRECT_URL');
      expect(named).toEqual([{ name: 'DATABASE_DIRECT_URL', valueFrom: { secretKeyRef } }]);
      expect(env(one)['DATABASE_URL'].secretKeyRef.name).not.toBe('db-app');
    }
    const job = env(find(all, 'Job', 'drawbridge-migrate'));
    expect(job).toEqual({ NODE_ENV: 'production', DATABASE_URL: { secretKeyRef } });
  });

  it('get no direct URL by default', async () => {
    for (const one of ofKind(await helm(set('database.direct.secretName=db-app')), 'Deployment', 'Job'))
      expect(env(one)).not.toHaveProperty('DATABASE_DIRECT_URL');
  });

  it('run as the user that the cluster chooses, if the values say so', async () => {
    for (const one of ofKind(await helm(set('runAsUser=null')), 'Deployment', 'Job'))
      expect(one['spec'].template.spec.securityContext).toEqual({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
  });

  it('wait before SIGTERM for the configured time, and have that much longer to end', async () => {
    const [web, worker] = ofKind(await helm(set('web.preStopSeconds=20')), 'Deployment') as any[];
    expect(container(web).lifecycle.preStop.sleep.seconds).toBe(20);
    expect(web.spec.template.spec.terminationGracePeriodSeconds).toBe(50);
    expect(container(worker).lifecycle).toBeUndefined();
    expect(worker.spec.template.spec.terminationGracePeriodSeconds).toBe(30);
  });
});

describe('the Job', () => {
  const job = (all: any[]): any => find(all, 'Job', 'drawbridge-migrate');

  it("runs before the release's objects exist and uses none of them", async () => {
    const { metadata, spec } = job(await helm());
    expect(metadata.annotations['helm.sh/hook']).toBe('pre-install,pre-upgrade');
    const pod = spec.template.spec;
    expect(pod.serviceAccountName).toBeUndefined();
    expect(pod.volumes).toBeUndefined();
    expect(pod.containers[0].args).toEqual(['migrate']);
    // The arguments belong to this entry point.
    expect(await readFile('Dockerfile', 'utf8')).toMatch(
      /^ENTRYPOINT \["\/nodejs\/bin\/node", "dist\/main.js"\]$/m,
    );
  });

  it("has the database's URL and no other secret", async () => {
    const own = env(job(await helm()));
    expect(own).toEqual({
      NODE_ENV: 'production',
      DATABASE_URL: { secretKeyRef: { name: 'drawbridge', key: 'DATABASE_URL' } },
    });
  });

  it.each([
    ['the database’s own Secret', ['database.secretName=db-app'], { name: 'db-app', key: 'uri' }],
    [
      'one of its own, which takes precedence',
      ['database.secretName=db-app', 'migrate.secretName=db-owner', 'migrate.secretKey=url'],
      { name: 'db-owner', key: 'url' },
    ],
  ])('gets its URL from %s', async (_, assignments, secretKeyRef) => {
    expect(env(job(await helm(set(...assignments))))['DATABASE_URL']).toEqual({ secretKeyRef });
  });

  it('gets a Secret of its own if the chart creates the main one', async () => {
    const data = [...SECRETS, 'BRANCH_ADMIN_URL'].map((name) => `secret.data.${name}=value-of-${name}`);
    const all = await helm(set('secret.create=true', ...data));
    expect(env(job(all))['DATABASE_URL'].secretKeyRef.name).toBe('drawbridge-migrate-secret');
    const secret = find(all, 'Secret', 'drawbridge-migrate-secret');
    expect(secret['stringData']).toEqual({ DATABASE_URL: 'value-of-DATABASE_URL' });
    expect(secret.metadata.annotations).toMatchObject({
      'helm.sh/hook-weight': '-5',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
    });
  });

  it('gets only the direct URL if there is a pooler, from either source of the Secret', async () => {
    const names = [...SECRETS, 'DATABASE_DIRECT_URL', 'BRANCH_ADMIN_URL'];
    const data = names.map((name) => `secret.data.${name}=value-of-${name}`);
    const made = await helm(set('secret.create=true', DIRECT, ...data));
    const fetched = await helm(set('externalSecret.enabled=true,externalSecret.store=vault', DIRECT));
    for (const all of [made, fetched])
      expect(env(job(all))['DATABASE_URL'].secretKeyRef).toEqual({
        name: 'drawbridge-migrate-secret',
        key: 'DATABASE_DIRECT_URL',
      });
    expect(find(made, 'Secret', 'drawbridge-migrate-secret')['stringData']).toEqual({
      DATABASE_DIRECT_URL: 'value-of-DATABASE_DIRECT_URL',
    });
    const keysOf = (name: string) =>
      find(fetched, 'ExternalSecret', name)['spec'].data.map((one: any) => one.secretKey);
    expect(keysOf('drawbridge-migrate-secret')).toEqual(['DATABASE_DIRECT_URL']);
    expect(keysOf('drawbridge')).toContain('DATABASE_DIRECT_URL');
  });

  it("trusts the company's certificates if the pods do", async () => {
    const trustOf = (one: any) => [
      env(one)['NODE_EXTRA_CA_CERTS'],
      container(one).volumeMounts.find(({ name }: any) => name === 'company-ca'),
      one.spec.template.spec.volumes.find(({ name }: any) => name === 'company-ca'),
    ];
    const all = await helmSet('private');
    const [web] = ofKind(all, 'Deployment');
    expect(trustOf(web)).not.toContain(undefined);
    expect(trustOf(job(all))).toEqual(trustOf(web));
  });

  it('can be disabled', async () => {
    expect(ofKind(await helm(set('migrate.enabled=false')), 'Job')).toEqual([]);
  });
});

describe('the ingress', () => {
  it('exposes the public paths; a second ingress exposes the console if enabled', async () => {
    const paths = async (...args: string[]) =>
      ofKind(await helm(set(HOST, ...args)), 'Ingress').map((one) => [
        one.metadata.name,
        ...pathsOf(one).map(({ path, pathType }: any) => `${pathType} ${path}`),
      ]);
    const main = ['drawbridge', 'Exact /webhooks/vercel', 'Prefix /marketplace', 'Prefix /status'];
    expect(await paths()).toEqual([main]);
    const console = ['drawbridge-console', 'Prefix /console', 'Prefix /api'];
    expect(await paths('ingress.console.enabled=true')).toEqual(expect.arrayContaining([main, console]));
  });

  it('has one certificate for one host, and two for two', async () => {
    const secrets = async (...args: string[]) =>
      ofKind(await helm(set(HOST, 'ingress.console.enabled=true', ...args)), 'Ingress')
        .map((one) => one['spec'].tls[0].secretName)
        .sort();
    expect(await secrets()).toEqual(['drawbridge-tls', 'drawbridge-tls']);
    expect(await secrets('ingress.console.host=ops.example.com')).toEqual([
      'drawbridge-console-tls',
      'drawbridge-tls',
    ]);
  });
});

describe('the monitoring', () => {
  it("gets the repository's alert rules and dashboard", async () => {
    const all = await helmSet('production');
    const alerts = parseYaml(await readFile('deploy/monitoring/alerts.yaml', 'utf8')) as object;
    expect(find(all, 'PrometheusRule', 'drawbridge')['spec']).toEqual(alerts);
    const { data } = find(all, 'ConfigMap', 'drawbridge-dashboard') as any;
    const dashboard = await readFile('deploy/monitoring/dashboard.json', 'utf8');
    expect(JSON.parse(data['drawbridge.json'])).toEqual(JSON.parse(dashboard));
  });

  it('links alerts to the configured address of the runbooks', async () => {
    const runbooks = 'https://wiki.example.com/runbooks/';
    const text = JSON.stringify(
      find(
        await helm(set('prometheusRule.enabled=true', `prometheusRule.runbooks=${runbooks}`)),
        'PrometheusRule',
        'drawbridge',
      ),
    );
    const links = text.match(/"runbook_url":"[^"]+"/g) ?? [];
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !link.startsWith(`"runbook_url":"${runbooks}`))).toEqual([]);
  });

  it('scrapes also pods that are not ready', async () => {
    const all = await helmSet('production');
    const service = find(all, 'Service', 'drawbridge-metrics') as any;
    expect(service.spec).toMatchObject({ clusterIP: 'None', publishNotReadyAddresses: true });
    const { selector, namespaceSelector } = find(all, 'ServiceMonitor', 'drawbridge')['spec'];
    expect(namespaceSelector, 'the ServiceMonitor searches its own namespace').toBeUndefined();
    expect(service.metadata.labels).toMatchObject(selector.matchLabels);
    const web = find(all, 'Service', 'drawbridge').metadata.labels;
    expect(web).not.toMatchObject(selector.matchLabels);
  });

  it('requests workers by the age of the oldest ready job in its own namespace', async () => {
    const [trigger] = find(await helmSet('production'), 'ScaledObject', 'drawbridge-worker')['spec'].triggers;
    expect(trigger.metadata.query).toBe(
      `max(drawbridge_queue_oldest_ready_seconds{queue="${QUEUE}",namespace="drawbridge"})`,
    );
  });
});

describe('the server', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'drawbridge-manifests-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const VALUES: Record<string, string> = {
    DATABASE_URL: 'postgres://user:password@host:5432/database',
    BRANCH_ADMIN_URL: 'postgres://user:password@host:5432/postgres',
    VERCEL_CLIENT_SECRET: 'secret',
    ENCRYPTION_KEYS: `2026-01:${Buffer.alloc(32, 1).toString('base64')}`,
    OPERATOR_TOKENS: `alice:admin:${'0'.repeat(64)}`,
  };

  it.each(SET_NAMES)(
    'accepts the environment and the actions file of its pods, with the values %s',
    async (name) => {
      const all = await helmSet(name);
      const file = join(folder, `${name}.yaml`);
      await writeFile(file, (find(all, 'ConfigMap', 'drawbridge-actions') as any).data['actions.yaml']);
      for (const deployment of ofKind(all, 'Deployment')) {
        const entries = Object.entries(env(deployment)).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : VALUES[key],
        ]);
        const { config, problems } = readConfig(
          { ...Object.fromEntries(entries), ACTIONS_FILE: file },
          { cwd: folder },
        );
        expect(problems).toEqual([]);
        expect(config.warnings).toEqual([]);
        expect(config.production).toBe(true);
        expect(config.port).toBe(container(deployment).ports[0].containerPort);
      }
    },
  );
});
