import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
const PROVIDER = { issuer: 'https://id.example/realms/a', clientId: 'console', scope: 'openid' };

let folder: string;
const apps: NestFastifyApplication[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drawbridge-console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), PAGE);
  await writeFile(join(folder, 'icon.svg'), '<svg/>');
  await writeFile(join(folder, 'assets/index-abc123.js'), 'the script');
});
afterAll(async () => {
  await Promise.all(apps.map((app) => app.close()));
  await rm(folder, { recursive: true });
});

async function served(provider: IdentityProvider | null = null, from = folder) {
  const app = await NestFactory.create<NestFastifyApplication>(EmptyModule, new FastifyAdapter(), {
    logger: false,
  });
  apps.push(app);
  serveConsole(app.getHttpAdapter().getInstance(), provider, from);
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  return async (path: string, init?: RequestInit) => {
    const response = await fetch(`${url}${path}`, { redirect: 'manual', ...init });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
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
    const get = await served();
    for (const path of [
      '/console/../package.json',
      '/console/%2e%2e/package.json',
      '/console/..%2fpackage.json',
    ]) {
      expect((await get(path)).text).not.toContain('"name"');
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
