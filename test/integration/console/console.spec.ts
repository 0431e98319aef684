import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveConsole } from '../../../src/console/console.js';
import type { IdentityProvider } from '../../../src/console/sign-in.js';

@Module({})
class EmptyModule {}

const PAGE = '<!doctype html><title>the page</title>';
const POLICY =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';" +
  "base-uri 'none';form-action 'none';frame-ancestors 'none'";
const OUTSIDE = '{"name":"outside"}';
const PROVIDER = { issuer: 'https://id.example/realms/a', clientId: 'console', scope: 'openid' };

/** The served folder, inside a folder with a file that must not be served. */
let folder: string;
const apps: NestFastifyApplication[] = [];

beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'drawbridge-console-')), 'web');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(folder, '../package.json'), OUTSIDE);
  await writeFile(join(folder, 'index.html'), PAGE);
  await writeFile(join(folder, 'icon.svg'), '<svg/>');
  await writeFile(join(folder, 'assets/index-abc123.js'), 'the script');
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await rm(dirname(folder), { recursive: true });
});

async function listen(provider: IdentityProvider | null, from: string): Promise<string> {
  const app = await NestFactory.create<NestFastifyApplication>(EmptyModule, new FastifyAdapter(), {
    logger: false,
  });
  apps.push(app);
  serveConsole(app.getHttpAdapter().getInstance(), provider, from);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

async function served(provider: IdentityProvider | null = null, from = folder) {
  const url = await listen(provider, from);
  return async (path: string) => {
    const response = await fetch(`${url}${path}`, { redirect: 'manual' });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
}

/** Requests a path as it is; `fetch` would remove its dot segments. */
async function bodyOf(url: string, path: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const [response] = (await once(request({ hostname, port, path }).end(), 'response')) as [IncomingMessage];
  return text(response);
}

describe('/console', () => {
  it('serves one page at every address below it, with a strict policy and without caching', async () => {
    const get = await served();
    for (const path of ['/console', '/console/', '/console/actions', '/console/actions/a%2Fb?state=failed']) {
      const { status, headers, text } = await get(path);
      expect([status, text]).toEqual([200, PAGE]);
      expect(headers.get('content-type')).toMatch(/^text\/html/);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('content-security-policy')).toBe(POLICY);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('serves assets with permanent caching, as their names change with their content', async () => {
    const get = await served();
    const { status, headers, text } = await get('/console/assets/index-abc123.js');
    expect([status, text]).toEqual([200, 'the script']);
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('content-security-policy')).toBe(POLICY);
  });

  it('responds 404 for a missing asset, not with the page', async () => {
    const get = await served();
    const { status, headers } = await get('/console/assets/index-old.js');
    expect(status).toBe(404);
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('serves nothing outside its folder', async () => {
    const url = await listen(null, folder);
    for (const path of [
      '/console/../package.json',
      '/console/%2e%2e/package.json',
      '/console/..%2fpackage.json',
      '/console/assets/../../package.json',
      '/console/assets/..%2f..%2fpackage.json',
    ]) {
      expect(await bodyOf(url, path), path).not.toContain(OUTSIDE);
    }
  });

  it('describes the sign-in without a token', async () => {
    const json = async (provider: IdentityProvider | null): Promise<unknown> => {
      const { headers, text } = await (await served(provider))('/console/sign-in.json');
      expect(headers.get('cache-control')).toBe('no-store');
      return JSON.parse(text);
    };
    expect(await json(null)).toEqual({ token: true, oidc: null });
    expect(await json({ ...PROVIDER, clientId: null })).toEqual({ token: true, oidc: null });
    expect(await json(PROVIDER)).toEqual({ token: true, oidc: PROVIDER });
  });

  it('allows requests to the identity provider, and to no other server', async () => {
    const { headers } = await (await served(PROVIDER))('/console/');
    expect(headers.get('content-security-policy')).toContain(";connect-src 'self' https://id.example;");
  });

  it('reports that it was not built', async () => {
    const { status, text } = await (await served(null, join(folder, 'missing')))('/console/');
    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ detail: 'the console has not been built: run npm run build' });
  });
});
