import { globSync, readFileSync } from 'node:fs';
import { QueryFailedError } from 'typeorm';
import { describe, expect, it } from 'vitest';
import {
  isUnavailable,
  markFailedConnect,
  outageOf,
  OverloadedError,
  sqlState,
  type OutageCause,
} from './database-error.js';

const coded = (code: string, message = 'message of the driver') =>
  Object.assign(new Error(message), { code });
const wrapped = (code: string) => new QueryFailedError('SELECT 1', [], coded(code));

describe('an error of the database', () => {
  it.each<[string, OutageCause]>([
    ['25006', 'read-only'],
    ['28P01', 'refused'],
    ['28000', 'refused'],
    ['42501', 'refused'],
    ['3D000', 'missing'],
    ['57P04', 'missing'],
    ['53300', 'no-connections'],
    ['55000', 'not-accepting'],
    ['57P03', 'not-accepting'],
    ['57P01', 'ended'],
    ['57P02', 'ended'],
    ['57P05', 'ended'],
    ['53100', 'full'],
    ['53200', 'full'],
    ['57014', 'slow'],
    ['25P03', 'slow'],
    ['58030', 'fault'],
    ['XX001', 'fault'],
    ['08006', 'unreachable'],
    ['ECONNREFUSED', 'unreachable'],
    ['ENETUNREACH', 'unreachable'],
  ])('%s is an outage with the cause %s', (code, cause) => {
    for (const error of [coded(code), wrapped(code), new Error('list', { cause: wrapped(code) })])
      expect(outageOf(error)).toMatchObject({ cause, code, text: 'message of the driver' });
    expect(isUnavailable(wrapped(code))).toBe(true);
  });

  it.each([['23505'], ['22P05'], ['42601'], ['42P01'], ['54000'], ['EACCES'], ['']])(
    '%s is a fault of the request or the program',
    (code) => {
      expect(outageOf(wrapped(code))).toBeNull();
      expect(isUnavailable(wrapped(code))).toBe(false);
    },
  );

  it.each([
    ['Connection terminated unexpectedly', 'unreachable'],
    ['Client was closed and is not queryable', 'unreachable'],
    ['timeout expired', 'unreachable'],
    ['timeout exceeded when trying to connect', 'slow'],
  ])('is recognized without a code by "%s"', (message, cause) => {
    expect(outageOf(new Error(message))).toMatchObject({ cause, code: 'connection lost' });
  });

  it('is an outage, whatever its code, when the connection was never established', () => {
    const error = coded('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(outageOf(error)).toBeNull();
    markFailedConnect(error);
    expect(outageOf(new Error('boot', { cause: error }))).toMatchObject({
      cause: 'unreachable',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  });

  it('is recognized in a plain object, as the queue reports its errors', () => {
    expect(outageOf({ code: '25006', message: 'read-only' })).toMatchObject({ cause: 'read-only' });
  });

  it.each(['40001', '40P01', '55P03'])('%s can be retried and is not an outage', (code) => {
    expect([isUnavailable(wrapped(code)), outageOf(wrapped(code))]).toEqual([true, null]);
  });

  it('can be an overload, which is not an outage', () => {
    const error = new Error('receive', { cause: new OverloadedError('10000 writes are waiting') });
    expect([isUnavailable(error), outageOf(error)]).toEqual([true, null]);
  });

  it.each([null, undefined, 'text', 7, new Error('none'), Object.assign(new Error('of Node'), { code: 7 })])(
    'is not recognized in %s',
    (thrown) => {
      expect([outageOf(thrown), isUnavailable(thrown), sqlState(thrown)]).toEqual([null, false, '']);
    },
  );

  it('can be its own cause', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    expect(outageOf(loop)).toBeNull();
  });

  it('has the code of its innermost cause', () => {
    expect(sqlState(new Error('list', { cause: wrapped('23505') }))).toBe('23505');
  });
});

describe('codes of the database', () => {
  /** Plugins use other databases, and are built without the rest. */
  const elsewhere = /\.spec\.ts$|^src\/(provisioner|vercel|twin)\/|^src\/errors\/database-error\.ts$/;
  const files = globSync('src/**/*.ts').filter((file) => !elsewhere.test(file));

  it('occur in one file', () => {
    const sqlState = /['"](?:[0-57][0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}['"]/;
    expect(sqlState.test("'25006'")).toBe(true);
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((file) => sqlState.test(readFileSync(file, 'utf8')))).toEqual([]);
  });

  it('do not occur beside codes of broken connections', () => {
    // Metrics and traces classify failed connections to Vercel and to the collector.
    const near = files.filter((file) => !/^src\/(errors|metrics|tracing)\//.test(file));
    expect(near.length).toBeGreaterThan(100);
    expect(
      near.filter((file) => /['"`]E(CONN|TIMEDOUT|HOST|NET)\w*['"`]/.test(readFileSync(file, 'utf8'))),
    ).toEqual([]);
  });
});
