/**
 * A branch is a database copied from a template on the same server, and a role that owns it and reaches no
 * other. Both are named by the key; the password is derived. Each call opens and closes its own connection.
 * See docs/provisioners/postgres-branch.md.
 */
import type { DeprovisionRequest, Pending, ProvisionerPlugin } from '../../provisioner.js';
import { listBranches } from './branch.js';
import { type BranchCall, startCall } from './call.js';
import { checkServer } from './check.js';
import { adminOf, type BranchConfig, configSchema, serverUrl } from './config.js';
import { removeBranch } from './deprovision.js';
import { detailOf, explain, explainTransient, pendingFor } from './failure.js';
import { makeBranch } from './provision.js';
import { secretsFor } from './secrets.js';
import { withSession } from './server/session.js';
import { ignoredTemplate, optionIssues, templateOf } from './copy/template.js';

type Handle = { database: string };

const plugin: ProvisionerPlugin<BranchConfig, Handle> = {
  apiVersion: 1,
  name: 'postgres-branch',
  configSchema,
  optionIssues,
  create: (config) => ({
    async provision(request) {
      const { key, signal } = request;
      signal.throwIfAborted();
      const template = templateOf(config);
      const derive = (label: string): Uint8Array => request.derive(label);
      const call = startCall(request);
      const ignored = ignoredTemplate(request.resource.settings);
      if (ignored !== null) call.log(`postgres-branch: ${ignored}`, { resource: request.resource.id });
      try {
        await withSession(serverUrl(config), call, (session) =>
          makeBranch(session, { config, key, template, derive }, call),
        );
      } catch (error) {
        const busy = `waiting for template "${template}": other connections are using it`;
        return pendingOrThrow(error, {
          request,
          busy,
          explained: () => explain(error, adminOf(config), call),
        });
      }
      const secrets = secretsFor(config, key, derive);
      return {
        status: 'ready',
        handle: { database: key },
        secrets,
        ...(ignored === null ? {} : { message: ignored }),
      };
    },

    async deprovision(request) {
      const { key, signal } = request;
      signal.throwIfAborted();
      const call = startCall(request);
      try {
        await withSession(serverUrl(config), call, (session) => removeBranch(session, { config, key }, call));
      } catch (error) {
        const busy = `waiting until the database is no longer in use: ${detailOf(error)}`;
        return pendingOrThrow(error, {
          request,
          busy,
          explained: () => explainTransient(error, undefined, adminOf(config)),
        });
      }
      return { status: 'gone' };
    },

    check: (signal) => outsideActions(config, signal, (call) => checkServer(config, call)),

    list: (signal) =>
      outsideActions(config, signal, (call) => withSession(serverUrl(config), call, listBranches)),
  }),
};

/** Runs a call that belongs to no action, so it has no log. */
async function outsideActions<T>(
  config: BranchConfig,
  signal: AbortSignal,
  work: (call: BranchCall) => Promise<T>,
): Promise<T> {
  const call = startCall({ signal, log: () => undefined });
  try {
    return await work(call);
  } catch (error) {
    signal.throwIfAborted();
    throw explainTransient(error, undefined, adminOf(config));
  }
}

function pendingOrThrow(
  error: unknown,
  { request, busy, explained }: { request: DeprovisionRequest<Handle>; busy: string; explained: () => Error },
): Pending<Handle> {
  request.signal.throwIfAborted();
  const waiting = pendingFor(error, busy);
  if (waiting === null) throw explained();
  return waiting;
}

export default plugin;
