import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterAll, beforeAll, describe, inject, it } from 'vitest';
import plugin from '../../../src/provisioner/builtin/readiness/readiness.js';
import { describeProvisioner } from '../../../src/provisioner/testing/conformance.js';

const http = createServer((_request, response) => response.end('{"status":"ok"}'));
const tcp = createTcpServer((socket) => socket.destroy());
const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  for (const server of [http, tcp]) {
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  }
});
afterAll(() => {
  http.close();
  tcp.close();
});

/** The ports are known only once the servers listen, so getters read the configuration late. */
const config = {
  get probes() {
    return [
      { type: 'http', url: `http://127.0.0.1:${portOf(http)}/health`, body: '"ok"' },
      { type: 'tcp', host: '127.0.0.1', port: portOf(tcp) },
      { type: 'postgres', url: inject('postgresUrl'), expect: '1' },
    ];
  },
  successes: 2,
  interval: '100ms',
  allow: ['127.0.0.1'],
};

describeProvisioner(
  { describe, it },
  {
    plugin,
    config,
    invalidConfig: { probes: [{ type: 'http', url: 'ftp://example.com', statuss: 200 }], interval: 5 },
  },
);
