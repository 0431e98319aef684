import type { Config } from '../../../config/config.js';
import { failed, ok, warning, type Check } from '../check.js';
import { clockOf } from './clock.js';

const LIMIT_MS = 10_000;
/** The Date header has a resolution of one second. */
const DATE_PRECISION_MS = 500;

/** Checks whether Vercel's API answers, and its clock. Sends no token. */
export async function checkVercel({ vercel }: Config): Promise<Check[]> {
  const about = { name: 'vercel' };
  const before = Date.now();
  const url = withoutUser(vercel.apiUrl);
  let response: Response;
  try {
    const signal = AbortSignal.timeout(LIMIT_MS);
    response = await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
  } catch (error) {
    const advice = 'check the network access of this machine, and VERCEL_API_URL';
    return [failed(about, `${url} cannot be reached (${reasonOf(error)})`, advice)];
  }
  const tookMs = Date.now() - before;
  return [reached(url, response.status), ...dateOf(response, before, tookMs)];
}

/** Removes user name and password, which `fetch` rejects with an error that quotes them. */
function withoutUser(text: string): string {
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  [url.username, url.password] = ['', ''];
  return url.href;
}

/** Accepts every status below 500, because the base address itself has no page. */
function reached(url: string, status: number): Check {
  const about = { name: 'vercel' };
  if (status < 500) return ok(about, `${url} answers`);
  return warning(about, `${url} answers ${status}`, "see Vercel's status page");
}

function dateOf(response: Response, before: number, tookMs: number): Check[] {
  const date = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(date)) return [];
  const aheadMs = date + DATE_PRECISION_MS - before - tookMs / 2;
  return [clockOf('vercel-clock', 'Vercel', { aheadMs, precisionMs: DATE_PRECISION_MS + tookMs / 2 })];
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as {
    name: string;
    message: string;
    cause?: { code?: string; message?: string };
  };
  return name === 'TimeoutError'
    ? `no answer within ${LIMIT_MS / 1_000} s`
    : (cause?.code ?? cause?.message ?? message);
}
