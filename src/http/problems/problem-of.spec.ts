import { BadGatewayException, HttpException, ImATeapotException } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { notFound, Problem } from './problem.js';
import { problemOf } from './problem-of.js';

const driverError = (code: string) => Object.assign(new Error('message of the driver'), { code });

describe('problemOf', () => {
  it('returns a problem unchanged', () => {
    const problem = notFound('action 1 is not known');
    expect(problemOf(problem, 'r1')).toBe(problem);
    expect(problem.message).toBe('action 1 is not known');
  });

  it('keeps the standard members when extra members have the same names', () => {
    const { body } = new Problem('conflict', 'no', { extra: { status: 1, type: 'x', state: 'failed' } });
    expect(body).toMatchObject({ type: 'urn:drawbridge:problem:conflict', status: 409, state: 'failed' });
  });

  it.each([['57P01'], ['53300'], ['08006'], ['ECONNREFUSED'], ['57014'], ['25006'], ['28P01'], ['42501']])(
    'answers 503 for %s, at any depth of causes',
    (code) => {
      const failed = new QueryFailedError('SELECT 1', ['secret'], driverError(code));
      const problem = problemOf(new Error('list', { cause: failed }), 'r1');
      expect([problem.getStatus(), problem.headers]).toEqual([503, { 'retry-after': '1' }]);
      expect(problem.body.detail).toMatch(/^the database [a-z ,-]+; try again$/);
      expect(problem.body.detail).not.toContain('driver');
    },
  );

  it.each([['23505'], ['42601'], ['EACCES']])('does not suggest a retry for %s', (code) => {
    expect(problemOf(new QueryFailedError('SELECT 1', [], driverError(code)), 'r1').getStatus()).toBe(500);
  });

  it('accepts values that are not errors, and an error that is its own cause', () => {
    expect(problemOf('thrown text', 'r1').body).toMatchObject({ status: 500, requestId: 'r1' });
    const loop = new Error('loop');
    loop.cause = loop;
    expect(problemOf(loop, 'r1').getStatus()).toBe(500);
  });

  it('keeps messages of HTTP exceptions below 500 and hides the others', () => {
    expect(problemOf(new ImATeapotException('Short and stout'), 'r1').body).toMatchObject({
      status: 400,
      detail: 'short and stout',
    });
    expect(problemOf(new BadGatewayException('db.internal is down'), 'r1').body.detail).not.toContain('db');
    expect(problemOf(new HttpException('', 404), 'r1').body).toMatchObject({
      status: 404,
      detail: 'Not found',
    });
  });
});
