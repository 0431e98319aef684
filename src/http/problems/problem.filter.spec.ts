import type { ArgumentsHost } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { hearLog } from '../../../test/support/log.js';
import { OverloadedError } from '../../errors/database-error.js';
import { notFound, Problem } from './problem.js';
import { ProblemFilter } from './problem.filter.js';

/** Runs the filter with an imitated reply. test/integration/access/auth.spec.ts tests it over HTTP. */
function answer(filter: ProblemFilter, error: unknown): void {
  const reply = {
    sent: false,
    status: () => reply,
    headers: () => reply,
    type: () => reply,
    send: () => reply,
  };
  const request = {
    id: 'req-1',
    method: 'GET',
    raw: { destroyed: false, complete: true },
    routeOptions: { url: '/status/:token' },
  };
  const http = { getRequest: () => request, getResponse: () => reply };
  const host = { switchToHttp: () => http } as unknown as ArgumentsHost;
  // oxlint-disable-next-line promise/valid-params -- the catch of an exception filter, not of a promise
  filter.catch(error, host);
}

describe('the log of problems', () => {
  it('contains the route and the stacks of all causes, but no parameters of queries', () => {
    const lines = hearLog();
    const failed = new QueryFailedError('SELECT $1', ['the-parameter'], new Error('syntax error'));
    answer(new ProblemFilter(), new Error('list of actions', { cause: failed }));
    expect(lines).toMatchObject([
      { level: 'error', event: 'request-failed', method: 'GET', route: '/status/:token', requestId: 'req-1' },
    ]);
    expect(lines[0]?.['stack']).toMatch(/list of actions[^]*caused by:[^]*syntax error/);
    expect(JSON.stringify(lines)).not.toContain('the-parameter');
  });

  it('has no line for errors of the client', () => {
    const lines = hearLog();
    answer(new ProblemFilter(), notFound('action 1 is not known'));
    answer(new ProblemFilter(), new Problem('unavailable', 'draining'));
    expect(lines).toEqual([]);
  });

  it('has one line without a stack for an outage of the database, for any number of failed requests', () => {
    const lines = hearLog();
    for (let request = 0; request < 100; request++) {
      const refused = Object.assign(new Error('permission denied for database'), { code: '42501' });
      answer(new ProblemFilter(), new QueryFailedError('SELECT $1', ['the-parameter'], refused));
    }
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      event: 'database-refuses',
      reason: 'refused',
      error: '42501: permission denied for database',
    });
    expect(lines[0]).not.toHaveProperty('stack');
  });

  it('has one line a second while the database is overloaded, and one for every other error', () => {
    const lines = hearLog();
    const filter = new ProblemFilter();
    const over = new OverloadedError('10000 writes are waiting for the database');
    for (let request = 0; request < 100; request++) answer(filter, over);
    expect(lines.length).toBeLessThan(5);
    expect(lines[0]).toMatchObject({ level: 'warn', event: 'request-unavailable', error: over.message });
    answer(filter, new Error('other'));
    answer(filter, new Error('other'));
    expect(lines.filter(({ error }) => error === 'other')).toHaveLength(2);
  });
});
