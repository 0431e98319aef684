import type { EnvironmentVariables, SAMPLERS } from './env.js';
import type { Problems } from '../problems.js';

/**
 * How traces are made. Where they are sent is not here: OpenTelemetry's exporter reads that from the same environment, with the headers
 * that may be secret.
 */
export interface TracingConfig {
  readonly sampler: (typeof SAMPLERS)[number];
  /** What `traceidratio` keeps, from 0 to 1. */
  readonly ratio: number;
  readonly batch: {
    /** Milliseconds that spans are gathered. */
    readonly scheduledDelayMillis: number;
    /** Milliseconds that sending a batch may take. */
    readonly exportTimeoutMillis: number;
    /** Spans that may wait; more are dropped. */
    readonly maxQueueSize: number;
    readonly maxExportBatchSize: number;
  };
}

/** Null when nothing asks for traces, or something forbids them. */
export function tracingOf(variables: EnvironmentVariables, problems: Problems): TracingConfig | null {
  if (variables.OTEL_SDK_DISABLED === 'true' || !isWanted(variables)) return null;
  const batch = {
    scheduledDelayMillis: variables.OTEL_BSP_SCHEDULE_DELAY ?? 5_000,
    exportTimeoutMillis: variables.OTEL_BSP_EXPORT_TIMEOUT ?? 30_000,
    maxQueueSize: variables.OTEL_BSP_MAX_QUEUE_SIZE ?? 2_048,
    maxExportBatchSize: variables.OTEL_BSP_MAX_EXPORT_BATCH_SIZE ?? 512,
  };
  if (batch.maxExportBatchSize > batch.maxQueueSize) {
    const text = `${batch.maxExportBatchSize} is more than may wait (OTEL_BSP_MAX_QUEUE_SIZE is ${batch.maxQueueSize})`;
    problems.add('environment', 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', text);
  }
  return {
    sampler: variables.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on',
    ratio: Number(variables.OTEL_TRACES_SAMPLER_ARG ?? 1),
    batch,
  };
}

/** OpenTelemetry would send to localhost when nothing is set; a server that nobody asked to must not look for a collector. */
function isWanted(variables: EnvironmentVariables): boolean {
  const exporter = variables.OTEL_TRACES_EXPORTER;
  if (exporter !== undefined) return exporter !== 'none';
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = variables;
  return all !== undefined || own !== undefined;
}
