import { Option, type Command } from 'commander';
import { clientEnvironment, secretIn } from '../../config/env/client-env.js';
import { EXIT } from '../exit.js';
import { Refusal } from '../refusal.js';

/** A running Drawbridge, and who we are there. */
export interface ApiServer {
  /** Without a slash at its end. */
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

/** Adds `--url`, for a command that speaks to a running Drawbridge. */
export function addUrl(command: Command): Command {
  return command.addOption(new Option('--url <url>', `the server; else DRAWBRIDGE_URL, else ${DEFAULT_URL}`));
}

/** Adds `--url` and `--token-file`. A token is no argument: other users of the machine see arguments. */
export function addServer(command: Command): Command {
  return addUrl(command).addOption(
    new Option('--token-file <file>', "holds an operator's token; else DRAWBRIDGE_TOKEN"),
  );
}

/** @throws Refusal when there is no token, or the address is none */
export function serverOf(options: ServerOptions): ApiServer {
  return { url: urlOf(options), token: tokenOf(options) };
}

/** @throws Refusal when it is no address */
export function urlOf({ url }: UrlOptions): string {
  const said = url ?? clientEnvironment().url ?? DEFAULT_URL;
  const parsed = URL.canParse(said) ? new URL(said) : null;
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol)) {
    const from = url === undefined ? 'DRAWBRIDGE_URL' : '--url';
    throw new Refusal(`${from}: ${JSON.stringify(said)} is not an http or https URL`, EXIT.usage);
  }
  if (parsed.username !== '' || parsed.password !== '')
    throw new Refusal('the URL of the server holds a user name: what lets us in is a token', EXIT.usage);
  return said.replace(/\/+$/, '');
}

function tokenOf({ tokenFile }: ServerOptions): string {
  const token = tokenFile === undefined ? clientEnvironment().token : readSecret('--token-file', tokenFile);
  if (token === null)
    throw new Refusal(
      'there is no token: set DRAWBRIDGE_TOKEN, or name a file that holds one with --token-file',
      EXIT.usage,
    );
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new Refusal(
      `${tokenFile === undefined ? 'DRAWBRIDGE_TOKEN' : `--token-file ${tokenFile}`}: a token has no spaces and no line breaks inside`,
      EXIT.usage,
    );
  return token;
}

/** The one secret in the file that an option names. @throws Refusal when it cannot be read */
export function readSecret(option: string, file: string): string {
  try {
    return secretIn(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Refusal(`${option} ${file}: ${code ?? message}`, EXIT.usage, { cause: error });
  }
}
