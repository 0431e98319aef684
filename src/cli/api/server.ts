import { Option, type Command } from 'commander';
import { clientEnvironment, secretIn } from '../../config/env/client-env.js';
import { EXIT } from '../exit.js';
import { CommandError } from '../command-error.js';

/** The address of a running Drawbridge and the token to use. */
export interface ApiServer {
  /** Has no trailing slash. */
  readonly url: string;
  readonly token: string;
}

export interface UrlOptions {
  readonly url?: string;
}

export interface ServerOptions extends UrlOptions {
  readonly tokenFile?: string;
}

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** Adds `--url`, for commands that call a running Drawbridge. */
export function addUrl(command: Command): Command {
  return command.addOption(
    new Option('--url <url>', `address of the server; default: DRAWBRIDGE_URL, or ${DEFAULT_URL}`),
  );
}

/**
 * Adds `--url` and `--token-file`. The token itself is no argument because other users of the machine can see
 * arguments.
 */
export function addServer(command: Command): Command {
  return addUrl(command).addOption(
    new Option('--token-file <file>', 'file with an operator token; default: DRAWBRIDGE_TOKEN'),
  );
}

/** @throws CommandError if the token is missing or the address is invalid */
export function serverOf(options: ServerOptions): ApiServer {
  return { url: urlOf(options), token: tokenOf(options) };
}

/** @throws CommandError if the address is invalid */
export function urlOf({ url }: UrlOptions): string {
  const address = url ?? clientEnvironment().url ?? DEFAULT_URL;
  const parsed = URL.canParse(address) ? new URL(address) : null;
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    const from = url === undefined ? 'DRAWBRIDGE_URL' : '--url';
    throw new CommandError(`${from}: ${JSON.stringify(address)} is not an http or https URL`, EXIT.usage);
  }
  if (parsed.username !== '' || parsed.password !== '')
    throw new CommandError(
      'the URL of the server contains a user name; remove it and pass a token instead',
      EXIT.usage,
    );
  return address.replace(/\/+$/, '');
}

function tokenOf({ tokenFile }: ServerOptions): string {
  const token = tokenFile === undefined ? clientEnvironment().token : readSecret('--token-file', tokenFile);
  if (token === null)
    throw new CommandError('no token: set DRAWBRIDGE_TOKEN, or pass a file with --token-file', EXIT.usage);
  const source = tokenFile === undefined ? 'DRAWBRIDGE_TOKEN' : `--token-file ${tokenFile}`;
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new CommandError(`${source}: a token must not contain spaces or line breaks`, EXIT.usage);
  return token;
}

/** Reads the secret in the file passed by an option. @throws CommandError if the file cannot be read */
export function readSecret(option: string, file: string): string {
  try {
    return secretIn(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandError(`${option} ${file}: ${code ?? message}`, EXIT.usage, { cause: error });
  }
}
