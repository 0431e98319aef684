import { describe, expect, it } from 'vitest';
import { greeting, readCommand } from './cli.js';

describe('readCommand', () => {
  it('reads every flag', () => {
    const args = [
      '--port',
      '0',
      '--webhook-url',
      'http://h/w',
      '--client-secret',
      's',
      '--deadline-seconds',
      '2',
    ];
    const command = readCommand([
      ...args,
      '--clock-factor',
      '60',
      '--installation',
      'icfg_1=a=b',
      '--installation',
      'icfg_2=c',
    ]);
    expect(command).toEqual({
      run: 'twin',
      options: {
        webhookUrl: 'http://h/w',
        clientSecret: 's',
        host: '127.0.0.1',
        port: 0,
        deadlineMs: 2000,
        clockFactor: 60,
        installations: { icfg_1: 'a=b', icfg_2: 'c' },
      },
    });
  });

  it.each([
    [[], '--client-secret is missing'],
    [['--client-secret', 's', '--port', 'x'], '--port must be a number, not x'],
    [['--client-secret', 's', '--installation', 'icfg_1'], '--installation must look like icfg_1=token'],
    [['--nonsense'], "Unknown option '--nonsense'"],
  ])('reports the problem of %j', (args, message) => {
    expect(readCommand(args)).toMatchObject({ run: 'wrong', message: expect.stringContaining(message) });
  });

  it('returns help without other flags', () => {
    expect(readCommand(['--help'])).toEqual({ run: 'help' });
  });
});

describe('greeting', () => {
  it('shows how to create a deployment for an existing installation', () => {
    const options = { webhookUrl: null, clientSecret: 'hidden', installations: { icfg_7: 'hidden' } };
    const text = greeting('http://127.0.0.1:4000', options);
    expect(text).toContain('curl -X POST http://127.0.0.1:4000/twin/deployments');
    expect(text).toContain('"installationId":"icfg_7"');
    expect(text).not.toContain('hidden');
  });
});
