import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { startApplication } from '../../../src/boot/create-app.js';
import { loadConfig } from '../../../src/config/config.js';
import { startCommand, type RunningCommand } from '../../support/processes.js';
import { inFolder } from '../../support/plugin-world.js';
import { eventually as within } from '../../support/world.js';
import { createCliWorld, type CliWorld } from './cli-world.js';

let world: CliWorld;
beforeAll(async () => {
  world = await createCliWorld();
});
afterAll(() => world?.close());

const eventually = (probe: () => boolean) => within(probe, 40_000);

async function tail(args: string[] = [], env: Record<string, string> = {}): Promise<RunningCommand> {
  const command = await startCommand(
    ['transitions', 'tail', ...args],
    { ...world.client, ...env },
    world.cwd,
  );
  onTestFinished(() => command.signal('SIGKILL'));
  return command;
}

interface Printed {
  id: string;
  actionId: string;
  to: string;
}
const printedBy = (command: RunningCommand): Printed[] =>
  command
    .stdout()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Printed);

async function recorded(actionId: string): Promise<string[]> {
  const rows = await world.sql<{ id: string }>('SELECT id FROM transition WHERE action_id = $1 ORDER BY id', [
    actionId,
  ]);
  return rows.map(({ id }) => id);
}

const deployed = async (): Promise<string> => {
  const { deployment } = await world.deploy([['ready']]);
  return (await world.rested(deployment, 'succeeded')).id;
};

it('transitions tail prints past transitions, then new ones, and ends on Ctrl-C', async () => {
  const before = await deployed();
  const command = await tail(['--since', '2026-01-01', '--json']);
  await eventually(() => printedBy(command).some(({ to }) => to === 'succeeded'));
  const after = await deployed();
  const expected = [...(await recorded(before)), ...(await recorded(after))];
  await eventually(() => printedBy(command).length >= expected.length);
  expect(printedBy(command).map(({ id }) => id)).toEqual(expected);
  command.signal('SIGINT');
  expect(await command.exited).toEqual({ code: 0, signal: null });
  expect(command.stderr()).toBe('');
});

it('transitions tail prints no earlier transitions, also when none has occurred since', async () => {
  const before = await deployed();
  const command = await tail(['--since', '2199-01-01', '--json']);
  const accepted = await tail(['--since', '2199-01-01', '--event', 'accepted', '--json']);
  const after = await (async () => {
    for (;;) {
      const id = await deployed();
      await sleep(1_000); // Both commands need a while until they listen.
      const printed = [command, accepted].map((one) =>
        printedBy(one).some(({ actionId }) => actionId === id),
      );
      if (!printed.includes(false)) return id;
    }
  })();
  for (const one of [command, accepted]) {
    const ids = printedBy(one).map(({ actionId }) => actionId);
    expect([ids.includes(before), ids.includes(after)]).toEqual([false, true]);
  }
});

it('transitions tail prints the transitions of one action, or of one event, as text', async () => {
  const id = await deployed();
  const one = await tail(['--since', '2026-01-01', '--action', id]);
  const accepted = await tail(['--since', '2026-01-01', '--event', 'accepted', '--actor', 'worker']);
  await eventually(() => one.stdout().includes('→ succeeded') && accepted.stdout().includes(id));
  const other = await deployed();
  await eventually(() => accepted.stdout().includes(other));
  expect(one.stdout()).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d  ${id}  none → queued  start by vercel\n`));
  expect(one.stdout()).not.toContain(other);
  const lines = accepted.stdout().trimEnd().split('\n');
  expect(lines.filter((line) => !/ {2}reporting → succeeded {2}accepted by worker$/.test(line))).toEqual([]);
});

it('transitions tail continues at its position when the server is back', async () => {
  const port = await freePort();
  const config = loadConfig({ ...world.env, PORT: String(port), ROLES: 'web' }, { cwd: world.cwd });
  const start = () => inFolder(world.cwd, () => startApplication(config, world.databaseUrl));
  const first = await start();
  const marker = await deployed();
  const url = `http://127.0.0.1:${port}`;
  const command = await tail(['--since', '2026-01-01', '--json'], { DRAWBRIDGE_URL: url });
  await eventually(() =>
    printedBy(command).some(({ actionId, to }) => actionId === marker && to === 'succeeded'),
  );
  await first.stop();
  await eventually(() => command.stderr().includes('connection lost'));
  const meanwhile = await deployed();
  const second = await start();
  onTestFinished(() => second.stop());
  await eventually(() =>
    printedBy(command).some(({ actionId, to }) => actionId === meanwhile && to === 'succeeded'),
  );
  const ids = printedBy(command).map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
  expect(ids.slice(-3)).toEqual((await recorded(meanwhile)).slice(-3));
  expect(command.stderr()).toMatch(
    /^transitions: connection lost, reconnecting\ntransitions: reconnected\n$/,
  );
  command.signal('SIGTERM');
  expect(await command.exited).toEqual({ code: 0, signal: null });
});

it('transitions tail does not wait for an unreachable server or after its token was rejected', async () => {
  const unreachable = await tail([], { DRAWBRIDGE_URL: `http://127.0.0.1:${await freePort()}` });
  expect((await unreachable.exited).code).toBe(3);
  const unknown = await tail([], { DRAWBRIDGE_TOKEN: 'wrong' });
  expect((await unknown.exited).code).toBe(4);
  expect(unknown.stderr()).toBe('drawbridge: the token is invalid (401): the token is not known\n');
});

it('transitions tail rejects unknown events, with and without a start time', async () => {
  for (const args of [[], ['--since', '2026-01-01']]) {
    const command = await tail([...args, '--event', 'fial']);
    expect((await command.exited).code).toBe(4);
    expect(command.stderr()).toContain('event: must be one or several of start,');
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
