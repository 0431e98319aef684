import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { expect, it, onTestFinished } from 'vitest';
import { configSchema } from '../../../src/provisioner/builtin/http/config.js';
import plugin from '../../../src/provisioner/builtin/http/http.js';
import type { DeprovisionRequest } from '../../../src/provisioner/provisioner.js';
import { json, startScripted } from './http-scripted.js';

const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const PARENT = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };

const request: DeprovisionRequest = {
  key: 'shop-main',
  handle: null,
  resource: { id: 'res_1', settings: {} },
  installationId: 'icfg_1',
  derive: () => new Uint8Array(32),
  signal: new AbortController().signal,
  log: () => undefined,
};

it('a request of the provisioner http carries a trace context only in a trace', async () => {
  const server = await startScripted();
  onTestFinished(() => server.close());
  server.script = json({ status: 'gone' });
  const provisioner = plugin.create(configSchema.parse({ url: server.url, secret: SECRET }));
  await provisioner.deprovision(request);

  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const inside = trace.setSpanContext(context.active(), PARENT);
  await context.with(inside, () => provisioner.deprovision(request));
  await provisioner.close?.();

  expect(server.received.map(({ headers }) => headers['traceparent'])).toEqual([
    undefined,
    `00-${PARENT.traceId}-${PARENT.spanId}-01`,
  ]);
  expect(server.problems).toEqual([]);
});
