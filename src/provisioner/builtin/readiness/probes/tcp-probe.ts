import type { TcpConfig } from '../config.js';
import { openTcp, openTls } from './connection.js';
import { type Attempt, type Filler, probeError } from '../attempt.js';
import { addressText, isHost } from '../url.js';

/**
 * Prepares a connection. It succeeds when the server accepts it and, with `tls`, has a trusted certificate.
 */
export function prepareTcp(config: TcpConfig, at: string, fill: Filler): Attempt {
  const host = fill(config.host, 'host').replace(/^\[(.*)\]$/, '$1');
  if (!isHost(host)) throw probeError(`${at}.host`, 'is not a host name or an address');
  const port = portOf(fill(String(config.port), 'port'));
  if (port === null) throw probeError(`${at}.port`, 'is not a port from 1 to 65535');
  const tls = config.tls === true ? {} : config.tls;
  return {
    subject: `tcp ${addressText(host, port)}`,
    host,
    port,
    async try(to, signal) {
      const socket = await (tls === false ? openTcp(to, signal) : openTls(to, tls, signal));
      socket.destroy();
      return null;
    },
  };
}

function portOf(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : null;
}
