/** `drawbridge send`: sends a webhook signed like Vercel's. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { localClientSecret } from '../config/env/client-env.js';
import { sign } from '../webhook/signature.js';
import { answerOf, send } from './api/request.js';
import { addUrl, readSecret, urlOf, type UrlOptions } from './api/server.js';
import { EXIT } from './exit.js';
import { addJson, print, type OutputOptions } from './print/print.js';
import { plain } from './print/text.js';
import { CommandError } from './command-error.js';

interface SendOptions extends UrlOptions, OutputOptions {
  readonly type: string;
  readonly payload?: string;
  readonly installation?: string;
  readonly resource?: string;
  readonly action?: string;
  readonly deployment?: string;
  readonly id?: string;
  readonly secretFile?: string;
}

interface Sent {
  event: string;
  type: string;
  delivery: string;
  result: string;
}

const OPERATIONS = ['start', 'cancel', 'cleanup'];
const REMOVED = 'integration-configuration.removed';
const PARTS = ['installation', 'resource', 'action', 'deployment'] as const;
const LIMIT_MS = 30_000;

/** Adds `send`. */
export function addSend(program: Command): void {
  addUrl(addJson(program.command('send')))
    .description('sign a webhook like Vercel and send it to a running server, for testing')
    .requiredOption(
      '--type <type>',
      "Vercel's event type, or the short form start, cancel, cleanup or removed",
    )
    .addOption(
      new Option('--payload <file>', "JSON file with the event's payload; - reads standard input").conflicts([
        ...PARTS,
      ]),
    )
    .option('--installation <id>', 'installation of the payload: icfg_…')
    .option('--resource <id>', "resource of the payload: the provider's id")
    .option('--action <slug>', 'action of the payload')
    .option('--deployment <id>', 'deployment of the payload: dpl_…')
    .option('--id <id>', "the event's id; default: a new one")
    .option('--secret-file <file>', 'file with the client secret; default: VERCEL_CLIENT_SECRET')
    .action(async (options: SendOptions) => print(await sendEvent(options), options, formatSent));
}

const RESULTS: Readonly<Record<string, string>> = { duplicate: 'was a duplicate' };

const formatSent = ({ event, result, delivery }: Sent): string =>
  `send: event ${event} ${RESULTS[result] ?? `was ${plain(result)}`}, delivery ${delivery}`;

async function sendEvent(options: SendOptions): Promise<Sent> {
  const url = urlOf(options);
  const secret = secretOf(options);
  const type = typeOf(options.type);
  const payload = options.payload === undefined ? payloadOf(type, options) : readPayload(options.payload);
  const id = options.id ?? `evt_${randomBytes(12).toString('hex')}`;
  const body = Buffer.from(JSON.stringify({ id, type, createdAt: Date.now(), region: null, payload }));
  const response = await send(url, '/webhooks/vercel', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-vercel-signature': sign(body, secret) },
    body,
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  const { delivery, result } = (await answerOf(url, response)) as { delivery: string; result: string };
  return { event: id, type, delivery, result };
}

function secretOf({ secretFile }: SendOptions): string {
  const secret = secretFile === undefined ? localClientSecret() : readSecret('--secret-file', secretFile);
  if (secret !== null) return secret;
  throw new CommandError(
    'send: no client secret: set VERCEL_CLIENT_SECRET, or pass a file with --secret-file',
    EXIT.usage,
  );
}

function typeOf(name: string): string {
  if (OPERATIONS.includes(name)) return `deployment.integration.action.${name}`;
  return name === 'removed' ? REMOVED : name;
}

/** Builds the payload of Vercel's events of this type. */
function payloadOf(type: string, options: SendOptions): object {
  const required = type === REMOVED ? (['installation'] as const) : PARTS;
  const missing = required.filter((part) => !options[part]).map((part) => `--${part}`);
  if (missing.length > 0)
    throw new CommandError(
      `send: ${type} requires ${missing.join(', ')}, or --payload with a file`,
      EXIT.usage,
    );
  const { installation, resource, action, deployment } = options;
  const configuration = { id: installation };
  if (type === REMOVED) return { configuration };
  return {
    configuration,
    installationId: installation,
    resourceId: resource,
    action,
    deployment: { id: deployment },
  };
}

function readPayload(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8')) as unknown;
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : (error as NodeJS.ErrnoException).code;
    throw new CommandError(`send: --payload ${file}: ${why}`, EXIT.usage, { cause: error });
  }
}
