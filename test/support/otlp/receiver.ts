/**
 * A collector that receives OTLP over HTTP as protobuf, decodes it by OpenTelemetry's own definitions, and
 * stores it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import definitions from '@opentelemetry/otlp-proto-exporter-base/build/src/generated/root.js';

const { ExportTraceServiceRequest } = definitions.opentelemetry.proto.collector.trace.v1;
const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const;
const STATUSES = ['UNSET', 'OK', 'ERROR'] as const;

type Value = string | number | boolean | Value[] | null;
export type Attributes = Record<string, Value>;

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentId: string;
  name: string;
  kind: (typeof KINDS)[number];
  attributes: Attributes;
  links: { traceId: string; spanId: string }[];
  status: { code: (typeof STATUSES)[number]; message: string };
  events: string[];
  scope: string;
  resource: Attributes;
}

export interface Receiver {
  /** The value for OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly url: string;
  readonly spans: ReceivedSpan[];
  /** Everything that was received, unchanged: headers and bodies. */
  raw(): string;
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    take(request).then(
      ({ text, received }) => {
        bodies.push(text);
        spans.push(...received);
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
      },
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  });
  return { url: await listening(server), spans, raw: () => bodies.join('\n'), close: () => closed(server) };
}

/** A collector that reads everything and never answers. */
export async function startSilence(): Promise<Pick<Receiver, 'url' | 'close'>> {
  const server = createServer(() => undefined);
  return { url: await listening(server), close: () => closed(server) };
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
}

async function take(request: IncomingMessage): Promise<{ text: string; received: ReceivedSpan[] }> {
  const { url, method, headers } = request;
  if (method !== 'POST' || url !== '/v1/traces' || headers['content-type'] !== 'application/x-protobuf')
    throw new Error(`${method} ${url} of ${headers['content-type']} is not an export of traces`);
  const body = await buffer(request);
  return { text: `${JSON.stringify(headers)}\n${body.toString('latin1')}`, received: read(body) };
}

interface Proto {
  resourceSpans: {
    resource: { attributes: KeyValue[] };
    scopeSpans: { scope: { name: string }; spans: ProtoSpan[] }[];
  }[];
}
interface ProtoSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  kind: number;
  attributes: KeyValue[];
  links: { traceId: string; spanId: string }[];
  events: { name: string }[];
  status: { code: number; message: string } | null;
}
interface KeyValue {
  key: string;
  value: AnyValue;
}
interface AnyValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: number;
  doubleValue?: number;
  arrayValue?: { values: AnyValue[] };
}

function read(body: Buffer): ReceivedSpan[] {
  const message = ExportTraceServiceRequest.decode(body);
  const plain = ExportTraceServiceRequest.toObject(message, {
    bytes: String,
    longs: Number,
    defaults: true,
  }) as Proto;
  return plain.resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => spanOf(span, scope.name, attributesOf(resource.attributes))),
    ),
  );
}

const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

function spanOf(span: ProtoSpan, scope: string, resource: Attributes): ReceivedSpan {
  return {
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentId: hex(span.parentSpanId),
    name: span.name,
    kind: KINDS[span.kind] ?? 'UNSPECIFIED',
    attributes: attributesOf(span.attributes),
    links: span.links.map(({ traceId, spanId }) => ({ traceId: hex(traceId), spanId: hex(spanId) })),
    status: { code: STATUSES[span.status?.code ?? 0] ?? 'UNSET', message: span.status?.message ?? '' },
    events: span.events.map(({ name }) => name),
    scope,
    resource,
  };
}

const attributesOf = (list: KeyValue[]): Attributes =>
  Object.fromEntries(list.map(({ key, value }) => [key, valueOf(value)]));

function valueOf({ stringValue, boolValue, intValue, doubleValue, arrayValue }: AnyValue): Value {
  if (arrayValue !== undefined && arrayValue !== null) return arrayValue.values.map(valueOf);
  return stringValue ?? boolValue ?? intValue ?? doubleValue ?? null;
}
