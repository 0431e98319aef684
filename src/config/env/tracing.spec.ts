import { describe, expect, it } from 'vitest';
import { readEnvironment } from './env.js';
import { Problems } from '../problems.js';
import { tracingOf, type TracingConfig } from './tracing.js';

const COLLECTOR = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

function read(env: Record<string, string>): { tracing: TracingConfig | null; problems: string[] } {
  const problems = new Problems();
  const tracing = tracingOf(readEnvironment(env, problems), problems);
  return { tracing, problems: problems.all.map(({ path, text }) => `${path}: ${text}`) };
}

const isOn = (env: Record<string, string>): boolean => read(env).tracing !== null;

describe('OTEL_*', () => {
  it.each([
    ['nothing is set', {}],
    ['only a name is set', { OTEL_SERVICE_NAME: 'x', OTEL_TRACES_SAMPLER: 'always_on' }],
    ['the exporter is none', { ...COLLECTOR, OTEL_TRACES_EXPORTER: 'none' }],
    ['the SDK is disabled', { ...COLLECTOR, OTEL_SDK_DISABLED: 'TRUE' }],
    ['the endpoint is empty', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
  ])('turn tracing off when %s', (_, env) => {
    expect(read(env as Record<string, string>)).toEqual({ tracing: null, problems: [] });
  });

  it('turn tracing on when an endpoint or the exporter otlp is set', () => {
    expect(isOn(COLLECTOR)).toBe(true);
    expect(isOn({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' })).toBe(true);
    expect(isOn({ OTEL_TRACES_EXPORTER: 'otlp' })).toBe(true);
    expect(isOn({ ...COLLECTOR, OTEL_SDK_DISABLED: 'false' })).toBe(true);
  });

  it('use the defaults of OpenTelemetry', () => {
    expect(read(COLLECTOR).tracing).toEqual({
      sampler: 'parentbased_always_on',
      ratio: 1,
      batch: {
        scheduledDelayMillis: 5000,
        exportTimeoutMillis: 30_000,
        maxQueueSize: 2048,
        maxExportBatchSize: 512,
      },
    });
  });

  it('are rejected with their names and valid values', () => {
    const env = {
      OTEL_TRACES_EXPORTER: 'oltp',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
      OTEL_BSP_SCHEDULE_DELAY: '0',
      OTEL_SDK_DISABLED: 'yes',
    };
    expect(read(env).problems.toSorted()).toEqual([
      'OTEL_BSP_SCHEDULE_DELAY: 0 is not a whole number above 0',
      'OTEL_EXPORTER_OTLP_ENDPOINT: "collector:4318" is not an http or https URL, such as ' +
        'https://drawbridge.example.com',
      'OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" is not http/protobuf, the only supported protocol (collectors ' +
        'use port 4318)',
      'OTEL_SDK_DISABLED: "yes" is none of true, false',
      'OTEL_TRACES_EXPORTER: "oltp" is none of otlp, none (did you mean "otlp"?)',
      'OTEL_TRACES_SAMPLER: "sometimes" is none of always_on, always_off, traceidratio, ' +
        'parentbased_always_on, parentbased_always_off, parentbased_traceidratio',
      'OTEL_TRACES_SAMPLER_ARG: "1.5" is not a share from 0 to 1, such as 0.1',
    ]);
  });

  it('are rejected when a batch is larger than the queue', () => {
    expect(read({ ...COLLECTOR, OTEL_BSP_MAX_QUEUE_SIZE: '100' }).problems).toEqual([
      'OTEL_BSP_MAX_EXPORT_BATCH_SIZE: 512 is larger than the queue (OTEL_BSP_MAX_QUEUE_SIZE is 100)',
    ]);
  });
});
