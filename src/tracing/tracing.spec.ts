import { context, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  SamplingDecision,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inIntakeSpans, marked } from './intake-span.js';
import { samplerOf } from './sampler.js';
import { JobSpan } from './job-span.js';
import { errorTypeOf, inSpan, open } from './span.js';
import { ExportFailures } from './export-failures.js';
import { inVercelSpan } from './vercel-span.js';
import { inWebhookSpan } from './webhook-span.js';

const exporter = new InMemorySpanExporter();

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
});
beforeEach(() => exporter.reset());

const only = () => {
  const [span, ...others] = exporter.getFinishedSpans();
  if (span === undefined || others.length > 0)
    throw new Error(`expected one span, found ${exporter.getFinishedSpans().length}`);
  return span;
};

describe('the spans of an intake transaction', () => {
  const batch = (size: number) =>
    Array.from({ length: size }, (_, n) => ({
      item: { id: `d${n}`, eventId: `e${n}`, type: 'project.created' },
      parent: open(`webhook ${n}`, {}, ROOT_CONTEXT).context,
    }));
  const traceOf = (of: Context | undefined) => of && trace.getSpanContext(of)?.traceId;

  it('are in the trace of each webhook, and all but the first link to the first', async () => {
    const waiting = batch(3);
    await inIntakeSpans(waiting, async (contexts) => {
      for (const { item, parent } of waiting) expect(traceOf(contexts.get(item.id))).toBe(traceOf(parent));
      return waiting.map(() => ({ result: 'recorded' }));
    });
    const [first, ...others] = exporter.getFinishedSpans();
    expect(first?.links).toEqual([]);
    for (const { links } of others) expect(links).toEqual([{ context: first?.spanContext() }]);
    expect(others.map(({ attributes }) => attributes['db.operation.batch.size'])).toEqual([3, 3]);
  });

  it('all fail with the transaction', async () => {
    const work = inIntakeSpans(batch(2), () =>
      Promise.reject(Object.assign(new Error('secret'), { code: '22P05' })),
    );
    await expect(work).rejects.toThrow('secret');
    const spans = exporter.getFinishedSpans();
    expect(spans).toHaveLength(2);
    for (const { attributes, status } of spans) {
      expect(attributes['error.type']).toBe('22P05');
      expect(status).toEqual({ code: 2 });
    }
  });

  it('leave an item unchanged without a trace', () => {
    const item = { id: 'd' };
    expect(marked({ item, parent: ROOT_CONTEXT })).toBe(item);
  });
});

describe('the span of a webhook', () => {
  const answer = (status: number) => Object.assign(new Error('no'), { getStatus: () => status });

  it.each([
    [answer(400), 400, undefined],
    [answer(503), 503, '503'],
    [new TypeError('ours'), 500, 'TypeError'],
  ])('has the status of the thrown error: %s', async (error, status, type) => {
    const request = { protocol: 'https', headers: {} };
    const work = async (): Promise<never> => {
      throw error;
    };
    await expect(inWebhookSpan(request, 202, work)).rejects.toBe(error);
    expect(only().attributes).toMatchObject({ 'http.response.status_code': status });
    expect(only().attributes['error.type']).toBe(type);
  });
});

describe('the span of a call to Vercel', () => {
  const call = {
    operation: 'getDeployment' as const,
    told: null,
    about: { actionId: 'a', attempt: 3 },
    installationId: 'icfg_1',
    deploymentId: 'dpl_1',
  };
  const request = { method: 'GET', origin: 'https://api.vercel.com', path: '/v13/deployments/dpl_1?token=x' };

  it('names the address without its query, and the number of earlier attempts', async () => {
    await inVercelSpan(call, request, async () => ({ kind: 'answered', status: 429 }));
    expect(only().attributes).toMatchObject({
      'url.full': 'https://api.vercel.com/v13/deployments/dpl_1',
      'server.port': 443,
      'http.request.resend_count': 2,
      'http.response.status_code': 429,
      'error.type': '429',
    });
  });

  it('has the error code of a call without an answer', async () => {
    await inVercelSpan(call, request, async () => ({ kind: 'unanswered', code: 'timeout' }));
    expect(only().attributes['error.type']).toBe('timeout');
  });
});

describe('a span of work that throws', () => {
  const leaking = Object.assign(new Error('password=hunter2'), { code: '28P01' });

  it('ends with a code and without the message', async () => {
    await expect(inSpan('work', {}, () => Promise.reject(leaking))).rejects.toBe(leaking);
    const { attributes, status, events, ended } = only();
    expect(ended).toBe(true);
    expect(attributes).toEqual({ 'error.type': '28P01' });
    expect([status, events]).toEqual([{ code: 2 }, []]);
  });

  it('of a job ends with a code when the job goes back to the queue', () => {
    const job = { id: 'j', retryCount: 0, data: { actionId: 'a' } };
    JobSpan.of('action', job).abandon(leaking);
    expect(only().attributes).toMatchObject({ 'error.type': '28P01', 'drawbridge.result': 'unclaimed' });
  });
});

describe('the type of an error', () => {
  it('is a code or a class, never a message', () => {
    expect(errorTypeOf(Object.assign(new Error('x'), { code: 'ECONNRESET' }))).toBe('ECONNRESET');
    expect(errorTypeOf(Object.assign(new RangeError('x'), { code: 'see postgres://u:p@h' }))).toBe(
      'RangeError',
    );
    expect(errorTypeOf('thrown text')).toBe('_OTHER');
  });
});

describe('a sampler', () => {
  const KEPT = SamplingDecision.RECORD_AND_SAMPLED;
  const kept = (sampler: Parameters<typeof samplerOf>[0]['sampler'], ratio: number, traceFlags?: number) => {
    const spanContext = { traceId: 'f'.repeat(32), spanId: '1'.repeat(16), traceFlags: traceFlags ?? 0 };
    const parent = traceFlags === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContext);
    return (
      samplerOf({ sampler, ratio }).shouldSample(parent, 'f'.repeat(32), 'x', 0, {}, []).decision === KEPT
    );
  };

  it('keeps spans by its name and ratio', () => {
    expect(kept('always_on', 0)).toBe(true);
    expect(kept('always_off', 1)).toBe(false);
    expect(kept('traceidratio', 1)).toBe(true);
    expect(kept('traceidratio', 0)).toBe(false);
    expect(kept('parentbased_always_off', 1)).toBe(false);
  });

  it('that is parent-based follows the decision of the process that began the trace', () => {
    expect(kept('parentbased_traceidratio', 0, 1)).toBe(true);
    expect(kept('parentbased_always_on', 1, 0)).toBe(false);
  });
});

describe('failures of the export', () => {
  it('are logged once a minute, as a code', () => {
    let now = 1_000_000;
    const warnings: string[] = [];
    const failures = new ExportFailures(
      (text) => warnings.push(text),
      () => now,
    );
    const error = Object.assign(new Error('connect http://user:p@h'), { code: 'ECONNREFUSED' });
    failures.notSent(error);
    failures.notSent(error);
    expect(warnings).toEqual(['traces: spans could not be sent: ECONNREFUSED']);
    now += 60_000;
    failures.warn('Dropped 12 spans because maxQueueSize reached');
    failures.warn('anything else');
    expect(warnings.slice(1)).toEqual([
      'traces: dropped 12 spans because the queue is full (OTEL_BSP_MAX_QUEUE_SIZE)',
    ]);
  });

  it.each([
    [{ code: 401 }, 'the collector answered 401'],
    [new Error('spans', { cause: { code: 'ENOTFOUND' } }), 'ENOTFOUND'],
    [new Error('Request timed out'), 'no answer in time'],
    [new RangeError('at http://user:p@h'), 'RangeError'],
    [null, 'unknown error'],
  ])('of %j are logged as %s', (error, text) => {
    const warnings: string[] = [];
    new ExportFailures((text) => warnings.push(text)).notSent(error);
    expect(warnings).toEqual([`traces: spans could not be sent: ${text}`]);
  });
});
