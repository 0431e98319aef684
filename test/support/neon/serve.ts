/** Handles one HTTP request: reads it, draws a fault, executes it, answers. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, BASE, type NeonServer } from './answer.js';
import type { FaultKind, NeonFaults, ScriptedAnswer } from './faults.js';
import { locked, NeonRefusal } from './refusal.js';
import type { Reply } from './routes.js';

const LARGEST_BODY = 1 << 20;

export interface HandledRequest {
  readonly method: string;
  /** The path below `/api/v2`, without the query. */
  readonly path: string;
  readonly fault: FaultKind | 'scripted' | null;
  /** Null when no answer was sent. */
  status: number | null;
}

export async function serve(
  world: NeonServer,
  requests: HandledRequest[],
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://fake');
  const method = request.method ?? 'GET';
  const path = url.pathname.startsWith(`${BASE}/`) ? url.pathname.slice(BASE.length) : url.pathname;
  const body = await bodyOf(request);
  const fault = world.faults.draw(method, path);
  const seen: HandledRequest = {
    method,
    path,
    fault: typeof fault === 'object' && fault !== null ? 'scripted' : fault,
    status: null,
  };
  requests.push(seen);
  response.on('finish', () => (seen.status = response.statusCode));
  const carryOut = (): Reply => answer(world, { request, url, method, path, body });
  await withFault(world.faults, fault, { response, carryOut });
}

interface Exchange {
  readonly response: ServerResponse;
  readonly carryOut: () => Reply;
}

async function withFault(
  faults: NeonFaults,
  fault: FaultKind | ScriptedAnswer | null,
  { response, carryOut }: Exchange,
): Promise<void> {
  if (typeof fault === 'object' && fault !== null) return sendScripted(response, fault);
  switch (fault) {
    case null:
      return send(response, orRefusal(carryOut));
    case 'slow':
      await sleep(faults.slowMs);
      return send(response, orRefusal(carryOut));
    case 'server-error':
      return send(response, new NeonRefusal(500, 'internal server error'));
    case 'unavailable':
      return send(response, new NeonRefusal(503, 'service unavailable'));
    case 'locked':
      return send(response, locked());
    case 'rate-limit': {
      const headers = { 'retry-after': String(faults.retryAfterSeconds) };
      return send(response, new NeonRefusal(429, 'too many requests'), headers);
    }
    case 'reset':
      return void response.socket?.resetAndDestroy();
    case 'lost-answer':
      orRefusal(carryOut);
      return void response.socket?.resetAndDestroy();
    case 'wrong-answer':
      orRefusal(carryOut);
      return send(response, new NeonRefusal(500, 'internal server error'));
    case 'torn-answer':
      return sendHalf(response, orRefusal(carryOut), 'torn');
    case 'half-answer':
      return sendHalf(response, orRefusal(carryOut), 'whole');
    default:
      return fault satisfies never;
  }
}

function sendScripted(response: ServerResponse, { status, code, message, headers }: ScriptedAnswer): void {
  send(response, new NeonRefusal(status, message ?? 'scripted', code), headers);
}

function orRefusal(carryOut: () => Reply): Reply | NeonRefusal {
  try {
    return carryOut();
  } catch (error) {
    if (error instanceof NeonRefusal) return error;
    throw error;
  }
}

/** `torn`: the body is shorter than the announced length. */
function sendHalf(response: ServerResponse, reply: Reply | NeonRefusal, how: 'torn' | 'whole'): void {
  const whole = JSON.stringify(bodyOfReply(reply) ?? {});
  const half = whole.slice(0, whole.length / 2);
  const length = how === 'torn' ? whole.length : half.length;
  response.writeHead(reply.status === 204 ? 200 : reply.status, {
    'content-type': 'application/json',
    'content-length': length,
  });
  if (how === 'whole') return void response.end(half);
  response.write(half, () => response.destroy());
}

function bodyOfReply(reply: Reply | NeonRefusal): object | undefined {
  if (!(reply instanceof NeonRefusal)) return reply.body;
  return { request_id: randomUUID(), code: reply.code, message: reply.message };
}

function send(
  response: ServerResponse,
  reply: Reply | NeonRefusal,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = bodyOfReply(reply);
  response.writeHead(reply.status, { ...(body ? { 'content-type': 'application/json' } : {}), ...headers });
  response.end(body && JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) throw new Error('fake neon: the body is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
