import type { EnvironmentVariables, SAMPLERS } from './env.js';
import type { Problems } from '../problems.js';

/**
 * The settings of tracing. The exporter of OpenTelemetry reads the endpoint and its headers, which may be
 * secret, from the environment itself.
 */
export interface TracingConfig {
  readonly sampler: (typeof SAMPLERS)[number];
  /** The share of traces that `traceidratio` keeps, from 0 to 1. */
  readonly ratio: number;
  readonly batch: {
    /** Milliseconds between two batches. */
    readonly scheduledDelayMillis: number;
    /** Time limit for sending a batch. */
    readonly exportTimeoutMillis: number;
    /** Limit of waiting spans; further spans are dropped. */
    readonly maxQueueSize: number;
    readonly maxExportBatchSize: number;
  };
}

/** Reads the settings of tracing; null if tracing is off. */
export function tracingOf(variables: EnvironmentVariables, problems: Problems): TracingConfig | null {
  if (variables.OTEL_SDK_DISABLED === 'true' || !isWanted(variables)) return null;
  const batch = {
    scheduledDelayMillis: variables.OTEL_BSP_SCHEDULE_DELAY ?? 5_000,
    exportTimeoutMillis: variables.OTEL_BSP_EXPORT_TIMEOUT ?? 30_000,
    maxQueueSize: variables.OTEL_BSP_MAX_QUEUE_SIZE ?? 2_048,
    maxExportBatchSize: variables.OTEL_BSP_MAX_EXPORT_BATCH_SIZE ?? 512,
  };
  if (batch.maxExportBatchSize > batch.maxQueueSize) {
    const { maxExportBatchSize: size, maxQueueSize: queue } = batch;
    const text = `${size} is larger than the queue (OTEL_BSP_MAX_QUEUE_SIZE is ${queue})`;
    problems.add('environment', 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', text);
  }
  return {
    sampler: variables.OTEL_TRACES_SAMPLER ?? 'parentbased_always_on',
    ratio: Number(variables.OTEL_TRACES_SAMPLER_ARG ?? 1),
    batch,
  };
}

/** Tracing is opt-in: OpenTelemetry alone would send to localhost by default. */
function isWanted(variables: EnvironmentVariables): boolean {
  const exporter = variables.OTEL_TRACES_EXPORTER;
  if (exporter !== undefined) return exporter !== 'none';
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = variables;
  return all !== undefined || own !== undefined;
}
