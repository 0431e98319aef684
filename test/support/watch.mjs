/**
 * Preloaded into a Drawbridge: writes each loaded module of OpenTelemetry and each port of a connection as a
 * JSON line to the file that DRAWBRIDGE_WATCH names.
 */
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { Socket } from 'node:net';

const file = process.env['DRAWBRIDGE_WATCH'];
const note = (entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`);

registerHooks({
  load(url, context, next) {
    const [, name] = /node_modules\/(@opentelemetry\/[^/]+)\//.exec(url) ?? [];
    if (name !== undefined) note({ loaded: name });
    return next(url, context);
  },
});

const { connect } = Socket.prototype;
Socket.prototype.connect = function (...args) {
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  note({ connected: Number(options?.port ?? options) });
  return connect.apply(this, args);
};
