/**
 * Holds a deployment back until HTTP, TCP and Postgres probes succeed, all of them several times in a row.
 * Each call runs one round. It makes nothing in a backend. See docs/provisioners/readiness.md.
 */
import type { ProvisionerPlugin } from '../../provisioner.js';
import { valuesOf } from '../template.js';
import { configSchema, type ReadinessConfig } from './config.js';
import { HostResolver, type AddressLookup, systemLookup } from './probes/host-resolver.js';
import { prepare } from './probes/probe.js';
import { advance, messageOf, type ProbeProgress, readProgress } from './progress.js';
import { runRound } from './round.js';

export const readinessWith = (lookup: AddressLookup): ProvisionerPlugin<ReadinessConfig, ProbeProgress> => ({
  apiVersion: 1,
  name: 'readiness',
  configSchema,
  templates: true,
  create: (config) => {
    const resolver = new HostResolver(config.allow, lookup);
    return {
      async provision(request) {
        request.signal.throwIfAborted();
        const values = valuesOf(request);
        const probes = config.probes.map((probe, at) =>
          prepare(probe, `probes.${at}`, values, config.timeout),
        );
        const failures = await runRound(probes, resolver, request.signal);
        const handle = advance(readProgress(request.handle), failures, config.successes);
        if (handle.inARow === config.successes) return { status: 'ready', handle };
        const message = messageOf(handle, config.successes);
        return { status: 'pending', handle, message, retryAfterMs: config.interval };
      },
      async deprovision({ signal }) {
        signal.throwIfAborted();
        return { status: 'gone' };
      },
    };
  },
});

export default readinessWith(systemLookup);
