import { Controller, Get, Req } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperatorRequest } from '../../../src/access/auth/operator.guard.js';
import { RequireRole } from '../../../src/access/auth/role.js';
import { startApp, TOKENS, type OperatorApp } from '../api/api-app.js';

@Controller('api/v1/forgotten')
class ForgottenController {
  @Get()
  get() {
    return { secret: true };
  }
}

@Controller('api/v1/desk')
@RequireRole('viewer')
class DeskController {
  @Get()
  get(@Req() request: OperatorRequest) {
    return request.operator;
  }

  @Get('operators')
  @RequireRole('operator')
  operators() {
    return {};
  }

  @Get('broken')
  broken() {
    throw new Error('the password is hunter2');
  }
}

@Controller('open')
class OpenController {
  @Get()
  get() {
    return {};
  }
}

let world: OperatorApp;
beforeAll(async () => {
  world = await startApp({ controllers: [ForgottenController, DeskController, OpenController] });
});
afterAll(() => world.close());

describe('the operators API', () => {
  it('responds 401 without a token', async () => {
    const { status, headers, body } = await world.call('GET', '/api/v1/desk', { as: null });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="drawbridge"');
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body).toMatchObject({ type: 'urn:drawbridge:problem:unauthenticated', status: 401 });
  });

  it.each([
    ['an unknown token', 'Bearer unknown'],
    ['another scheme', `Basic ${TOKENS.admin}`],
    ['a token with text after it', `Bearer ${TOKENS.admin} x`],
    ['the digest instead of the token', 'Bearer '.padEnd(71, 'a')],
    ['a scheme without a token', 'Bearer '],
  ])('responds 401 to %s', async (_, authorization) => {
    const { status, headers } = await world.call('GET', '/api/v1/desk', { headers: { authorization } });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer realm=/);
  });

  it('accepts the scheme in any case and passes the operator to the handler', async () => {
    const headers = { authorization: `bEARER ${TOKENS.operator}` };
    const { status, body } = await world.call('GET', '/api/v1/desk', { headers });
    expect([status, body]).toEqual([200, { name: 'operator-1', role: 'operator', installations: null }]);
  });

  it('allows higher roles, and prefers the role of the handler to that of the controller', async () => {
    const status = async (as: 'viewer' | 'operator' | 'admin') =>
      (await world.call('GET', '/api/v1/desk/operators', { as })).status;
    expect([await status('viewer'), await status('operator'), await status('admin')]).toEqual([
      403, 200, 200,
    ]);
  });

  it('names the required role in the response', async () => {
    const { body } = await world.call('GET', '/api/v1/desk/operators');
    expect(body).toMatchObject({ title: 'The role does not allow this request', status: 403 });
    expect(body.detail).toBe('this request requires the role operator; viewer-1 has the role viewer');
  });

  it.each([['/api/v1/forgotten'], ['/api/v1/%66orgotten'], ['/%61pi/v1/forgotten']])(
    'keeps a route without a role closed: %s',
    async (path) => {
      expect((await world.call('GET', path, { as: null })).status).toBe(401);
      expect((await world.call('GET', path, { as: 'admin' })).status).toBe(403);
    },
  );

  it('does not protect routes outside /api', async () => {
    expect((await world.call('GET', '/open', { as: null })).status).toBe(200);
  });
});

describe('a problem', () => {
  it('reveals nothing about an unexpected error', async () => {
    const { status, body } = await world.call('GET', '/api/v1/desk/broken');
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(Object.keys(body).toSorted()).toEqual(['detail', 'requestId', 'status', 'title', 'type']);
  });

  it('is returned for an unknown route', async () => {
    const { status, headers, body } = await world.call('GET', '/nowhere');
    expect([status, body.type]).toEqual([404, 'urn:drawbridge:problem:unknown-route']);
    expect(headers.get('content-type')).toContain('application/problem+json');
  });

  it('is returned for a malformed address', async () => {
    const response = await fetch(`${world.url}/api/v1/actions/%E0%A4%A`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
    ]);
    expect(await response.json()).toMatchObject({ type: 'urn:drawbridge:problem:bad-request', status: 400 });
  });

  it.each([
    ['malformed JSON', '{"accessToken":', {}, 400, 'malformed-body'],
    ['an empty body of JSON', '', { 'content-type': 'application/json' }, 400, 'malformed-body'],
    ['a prototype in the body', '{"__proto__":{"a":1}}', {}, 400, 'malformed-body'],
    ['a body that is too large', JSON.stringify('x'.repeat(300_000)), {}, 413, 'body-too-large'],
    ['another content type', 'a=1', { 'content-type': 'text/csv' }, 415, 'unsupported-media-type'],
  ])('is returned for %s', async (_, raw, headers, status, slug) => {
    const answer = await world.call('PUT', '/api/v1/installations/icfg_1', { as: 'admin', raw, headers });
    expect([answer.status, answer.body.type]).toEqual([status, `urn:drawbridge:problem:${slug}`]);
    expect(answer.body.status).toBe(status);
  });

  it('lists every invalid field', async () => {
    const body = { productId: 7, settings: [], colour: 'red' };
    const answer = await world.call('PUT', '/api/v1/installations/icfg_1/resources/r', { as: 'admin', body });
    expect(answer.status).toBe(400);
    const paths = new Set(answer.body.errors.map((error: { path: string }) => error.path));
    expect(paths).toEqual(new Set(['colour', 'name', 'productId', 'settings']));
    expect(answer.body.detail).toContain('settings: must be a JSON object');
    expect(answer.body.detail).toContain('colour: is not a known field');
  });
});
