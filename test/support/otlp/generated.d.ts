/** OpenTelemetry's definitions of OTLP, compiled for JavaScript. The package has no types for them. */
declare module '@opentelemetry/otlp-proto-exporter-base/build/src/generated/root.js' {
  interface Message {
    decode(body: Uint8Array): unknown;
    toObject(message: unknown, options: object): unknown;
  }
  const root: {
    opentelemetry: { proto: { collector: { trace: { v1: { ExportTraceServiceRequest: Message } } } } };
  };
  export default root;
}
