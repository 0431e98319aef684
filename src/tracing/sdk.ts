// Sets up OpenTelemetry's SDK. Imported only if tracing is on.
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

/** Time limit in ms for sending the remaining spans at shutdown. */
const FLUSH_MS = 3_000;

export function start(config: TracingConfig, roles: string[], report: (text: string) => void): StopTracing {
  listen(new ExportFailures(report));
  const provider = new TracerProvider({
    resource: resourceOf(roles),
    sampler: samplerOf(config),
    // The exporter reads address, headers, time limit and certificates from the environment itself.
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), ...config.batch })],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(provider);
  return () => stop(provider);
}

/** Reports failed exports through {@link ExportFailures}. Other messages of the SDK do not help operators. */
function listen(failures: ExportFailures): void {
  const ignore = (): void => undefined;
  const warn = (message: string): void => failures.warn(message);
  diag.setLogger(
    { error: warn, warn: warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  setGlobalErrorHandler((error) => failures.notSent(error));
}

/**
 * Describes the process without command line and environment, which may contain secrets. OTEL_* variables
 * take precedence.
 */
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
  // The error handler has already reported failures.
  const shut = provider.shutdown().catch(() => undefined);
  // A faster shutdown aborts the timer, whose rejection then means nothing.
  const late = sleep(FLUSH_MS, undefined, { signal: over.signal }).catch(() => undefined);
  await Promise.race([shut, late]);
  over.abort();
}
