/**
 * OpenTelemetry's definitions of OTLP, compiled for JavaScript; the package describes none of it that would
 * be of use here.
 */
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
