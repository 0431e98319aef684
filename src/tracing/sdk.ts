/** OpenTelemetry's SDK as Drawbridge uses it. Imported only where tracing is on. */
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
  serviceNameEnvDetector,
  type Resource,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '../config/env/tracing.js';
import { VERSION } from '../version.js';
import { samplerOf } from './sampler.js';
import { ExportFailures } from './export-failures.js';
import type { StopTracing } from './tracing.js';

/** What a shutdown spends on spans that are left: they are worth less than ending in time. */
const FLUSH_MS = 3_000;

export function start(config: TracingConfig, roles: string[], say: (text: string) => void): StopTracing {
  listen(new ExportFailures(say));
  const provider = new TracerProvider({
    resource: resourceOf(roles),
    sampler: samplerOf(config),
    // Address, headers, time limit and certificates are read from the environment by the exporter itself.
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...config.batch })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return () => stop(provider);
}

/** What is said in vain is told by `Troubles`; the rest of the SDK's own words are of no use to operators. */
function listen(troubles: ExportFailures): void {
  const nothing = (): void => undefined;
  const tell = (message: string): void => troubles.warn(message);
  diag.setLogger(
    { error: tell, warn: tell, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  setGlobalErrorHandler((error) => troubles.notSent(error));
}

/** No command line and no environment: both may hold secrets. What the environment says of the process wins. */
function resourceOf(roles: string[]): Resource {
  const ours = resourceFromAttributes({
    'service.name': 'drawbridge',
    'host.name': hostname(),
    'process.pid': process.pid,
    'drawbridge.roles': roles,
    'service.version': VERSION,
  });
  const named = detectResources({
    detectors: [serviceInstanceIdDetector, resourceAttributesEnvDetector, serviceNameEnvDetector],
  });
  return defaultResource().merge(ours).merge(named);
}

async function stop(provider: TracerProvider): Promise<void> {
  const over = new AbortController();
  // What went wrong was told to the error handler, or is told by the collector that lacks it.
  const shut = provider.shutdown().catch(() => undefined);
  const late = sleep(FLUSH_MS, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([shut, late]);
  over.abort();
}
