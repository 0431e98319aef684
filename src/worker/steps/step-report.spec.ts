import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { VercelGateway } from '../../vercel/gateway.js';
import { stepInputOf, stepPortsOf } from '../../../test/support/action-run.js';
import { reportSucceeded } from './step-report.js';

type Answer = (response: ServerResponse) => void;
const says =
  (status: number, body: object = {}): Answer =>
  (response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const breaks: Answer = (response) => void response.socket?.destroy();
const deployment = (status: string, readyState = 'QUEUED'): Answer =>
  says(200, { id: 'dpl_1', name: 'x', meta: {}, readyState, integrations: { status, startedAt: 1 } });

/** An action in `reporting` whose secrets are known, and a Vercel that gives these answers in turn. */
async function reporting(answers: Answer[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.method as string);
    (answers.shift() ?? says(500))(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const gateway = new VercelGateway({ apiUrl, userAgent: 'test' });
  onTestFinished(async () => {
    await gateway.close();
    server.close();
  });
  const toReport = { text: 'ready', secrets: { DATABASE_URL: 'postgres://x' } };
  let input = stepInputOf('reporting', {}, { toReport });
  const report = async () => {
    const { result, memory } = await reportSucceeded(input, stepPortsOf({ gateway }));
    input = { ...input, memory };
    return result;
  };
  return { asked, report, memory: () => input.memory };
}

describe('a report that Vercel refuses', () => {
  it('fails the action when no earlier report can have arrived', async () => {
    const world = await reporting([says(400, { error: { code: 'bad_request', message: 'no such action' } })]);
    expect(await world.report()).toMatchObject({ kind: 'refused' });
    expect(world.asked).toEqual(['PATCH']);
  });

  it.each([
    ['is accepted when Vercel says that the integrations are ready', deployment('ready'), 'accepted'],
    ['waits while Vercel says that they are pending', deployment('pending'), 'later'],
    ['waits when another integration failed and the deployment lives', deployment('error', 'READY'), 'later'],
    ['is refused when the deployment has failed', deployment('error', 'ERROR'), 'refused'],
    ['waits while Vercel does not answer', says(503), 'later'],
    [
      'is released when Vercel says that the deployment is deleted',
      says(410, { error: { code: 'deployment_deleted' } }),
      'abandoned',
    ],
    ['waits at a generic 410', says(410, { error: { code: 'gone' } }), 'later'],
    ['waits when this token finds no deployment', says(404, { error: { code: 'not_found' } }), 'later'],
  ])('after one whose answer was lost %s', async (_, second, kind) => {
    const world = await reporting([breaks, says(400), second]);
    expect(await world.report()).toMatchObject({ kind: 'later' });
    expect(world.memory().reportUnknown).toBe(true);
    expect(await world.report()).toMatchObject({ kind });
    expect(world.asked).toEqual(['PATCH', 'PATCH', 'GET']);
  });
});

describe('a report that gets 404 or 410', () => {
  it.each<[string, Answer, string]>([
    [
      'releases at the code of a deleted deployment',
      says(410, { error: { code: 'deployment_deleted' } }),
      'abandoned',
    ],
    ['is refused at a generic 410 in the form of Vercel', says(410, { error: { code: 'gone' } }), 'refused'],
    [
      'is refused at a 404 that may be of the resource',
      says(404, { error: { code: 'not_found' } }),
      'refused',
    ],
    ['is repeated at a 410 of a proxy', says(410), 'later'],
    ['is repeated at a 404 of a proxy', says(404), 'later'],
  ])('%s', async (_, answer, kind) => {
    const world = await reporting([answer]);
    expect(await world.report()).toMatchObject({ kind });
    expect(world.asked).toEqual(['PATCH']);
  });
});
