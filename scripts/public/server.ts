/**
 * The surfaces of a running server: the OpenAPI document, answers, exported metrics, lines of the log, and
 * the database.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { databaseOf } from './database.ts';
import type { Loaded } from './built.ts';
import { toPlain, withoutTexts, type Plain } from './plain.ts';
import { withServer, type ObservedServer } from './running.ts';

/** Requests without credentials: what a stranger, a probe and a scraper get. */
const REQUESTS = [
  'GET /livez',
  'GET /readyz',
  'GET /startupz',
  'GET /metrics',
  'GET /api/openapi.json',
  'GET /api/docs',
  'GET /console',
  'GET /console/',
  'GET /status/unknown',
  'GET /api/v1/actions',
  'GET /api/v1/me',
  'GET /unknown',
  'DELETE /api/v1/actions',
  'POST /webhooks/vercel',
  'GET /webhooks/vercel',
];

const ACTIONS = 'actions: { branch: { name: Branch, provisioner: memory } }\n';

/** Starts the tree's server and reads what it shows. */
export async function serverOf(root: string): Promise<Record<string, Plain>> {
  const folder = mkdtempSync(join(tmpdir(), 'drawbridge-public-'));
  const read = async ({ url, databaseUrl, lines }: ObservedServer) => ({
    ...(await answersOf(url)),
    database: await databaseOf(root, databaseUrl),
    lines,
  });
  try {
    const seen = await withServer({ root, postgresOf: root, folder, actions: ACTIONS }, read);
    return { ...seen, lines: linesOf(seen.lines) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function answersOf(url: string): Promise<Record<string, Plain>> {
  const answers = await Promise.all(REQUESTS.map(async (line) => [line, await answerTo(url, line)] as const));
  const document: unknown = await (await fetch(`${url}/api/openapi.json`)).json();
  const scraped = await (await fetch(`${url}/metrics`)).text();
  const types = [...scraped.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => [
    name,
    type,
  ]);
  return {
    openapi: withoutTexts(document),
    answers: toPlain(Object.fromEntries(answers)),
    scraped: Object.fromEntries(types),
  };
}

/** Status, headers without the date and sizes, and the fields of a JSON body. */
async function answerTo(url: string, line: string): Promise<unknown> {
  const [method = '', path = ''] = line.split(' ');
  const answer = await fetch(`${url}${path}`, { method, redirect: 'manual' });
  const isOwn = (name: string): boolean =>
    !['date', 'content-length', 'etag', 'last-modified'].includes(name);
  const headers = [...answer.headers].filter(([name]) => isOwn(name));
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  const body: unknown = isJson && !path.endsWith('.json') ? await answer.json() : undefined;
  return { status: answer.status, headers: withoutNonces(Object.fromEntries(headers)), body: fieldsOf(body) };
}

const withoutNonces = (headers: Record<string, string>): unknown =>
  JSON.parse(JSON.stringify(headers).replaceAll(/'(nonce|sha256)-[^']+'/g, "'$1'"));

/** The names of the fields and the type of a problem; the other values are texts or change with time. */
const fieldsOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null
    ? { fields: Object.keys(body).toSorted(), type: 'type' in body ? body.type : undefined }
    : undefined;

/** The keys of a line by its event. */
const linesOf = (lines: readonly Loaded[]): Plain =>
  toPlain(Object.fromEntries(lines.map((line) => [line.event, Object.keys(line).toSorted()])));
