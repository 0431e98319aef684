import { parseArgs } from 'node:util';
import type { TwinOptions } from './twin-options.js';

const OPTIONS = {
  port: { type: 'string', default: '4000' },
  host: { type: 'string', default: '127.0.0.1' },
  'webhook-url': { type: 'string' },
  'client-secret': { type: 'string' },
  installation: { type: 'string', multiple: true },
  'deadline-seconds': { type: 'string', default: '180' },
  'clock-factor': { type: 'string', default: '1' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export const HELP = `Runs the Vercel twin: blocks deployments, sends signed webhooks, receives reports.

  --webhook-url URL         address for webhooks, such as http://127.0.0.1:3000/webhooks/vercel;
                            without it they wait for PUT /twin/webhook {"url":"..."}
  --client-secret SECRET    signs webhooks (required); the provider's VERCEL_CLIENT_SECRET
  --installation ID=TOKEN   an installation and its access token; may be repeated
  --port N                  default 4000; 0 uses any free port
  --host HOST               default 127.0.0.1; the control API requires no password
  --deadline-seconds N      time limit of required actions, default 180
  --clock-factor N          divides the retry delays of webhooks and their 24 hours, default 1
  --help                    prints this text
`;

export type TwinCommand =
  { run: 'help' } | { run: 'twin'; options: TwinOptions } | { run: 'wrong'; message: string };

/** Reads the command line. `wrong` names the option. */
export function readCommand(args: string[]): TwinCommand {
  try {
    const { values } = parseArgs({ args, options: OPTIONS, strict: true });
    if (values.help) return { run: 'help' };
    const clientSecret = values['client-secret'];
    if (!clientSecret) return wrong('--client-secret is missing');
    const options: TwinOptions = {
      webhookUrl: values['webhook-url'] ?? null,
      clientSecret,
      host: values.host,
      port: numberOf('--port', values.port),
      deadlineMs: numberOf('--deadline-seconds', values['deadline-seconds']) * 1000,
      clockFactor: numberOf('--clock-factor', values['clock-factor']),
      installations: Object.fromEntries((values.installation ?? []).map(installationOf)),
    };
    return { run: 'twin', options };
  } catch (error) {
    if (error instanceof Error) return wrong(error.message);
    throw error;
  }
}

/** The text printed once the twin listens at `url`: its addresses and a first deployment. */
export function greeting(url: string, { installations = {}, webhookUrl }: TwinOptions): string {
  const [installationId = 'icfg_1'] = Object.keys(installations);
  const connection = { installationId, resourceId: 'db_1', actions: ['branch'] };
  const body = JSON.stringify({ project: 'shop', gitRef: 'feature-x', connections: [connection] });
  const install = `curl -X PUT ${url}/twin/installations/${installationId} -d '{"accessToken":"token"}'\n`;
  return `twin: Vercel's API at ${url}, control API at ${url}/twin
twin: webhooks go to ${webhookUrl ?? 'no address yet; set it with PUT /twin/webhook'}

Create a deployment:
${Object.keys(installations).length === 0 ? install : ''}curl -X POST ${url}/twin/deployments -d '${body}'

Then: GET ${url}/twin/deployments/{id}, POST .../cancel, DELETE .../{id}, GET ${url}/twin/log
`;
}

function numberOf(flag: string, value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number))
    throw new Error(`${flag} must be a number, not ${value}`);
  return number;
}

function installationOf(pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1 || at === pair.length - 1) throw new Error('--installation must look like icfg_1=token');
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function wrong(message: string): TwinCommand {
  return { run: 'wrong', message };
}
