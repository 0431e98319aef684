/**
 * The script of the other process: loads a plugin from its module, makes one call, sends the result and
 * exits. It imports no other file of Drawbridge at run time, so that Node can also run the TypeScript
 * source.
 */
import { hkdfSync } from 'node:crypto';
import type { ProvisionerPlugin, ProvisionRequest } from '../provisioner.js';

export interface ProcessRequest {
  readonly module: string;
  readonly config: unknown;
  readonly verb: 'provision' | 'deprovision';
  /** A request without its functions and its signal. */
  readonly request: object;
  /** The key's seed for `derive`, in hexadecimal. */
  readonly seed: string;
  readonly limitMs: number;
}

export interface ProcessResult {
  readonly answer?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
  readonly labels: readonly string[];
  readonly logs: readonly string[];
}

process.once('message', (call: ProcessRequest) => {
  void run(call).then((result) => process.send?.(result, () => process.exit(0)));
});

async function run(call: ProcessRequest): Promise<ProcessResult> {
  const labels: string[] = [];
  const logs: string[] = [];
  try {
    const { default: plugin } = (await import(call.module)) as { default: ProvisionerPlugin };
    const checked = await plugin.configSchema['~standard'].validate(call.config);
    if (checked.issues)
      throw new Error(`configSchema rejects the kit's option config: ${JSON.stringify(checked.issues)}`);
    const one = plugin.create(checked.value);
    const answer = await one[call.verb](requestOf(call, labels, logs));
    await one.close?.();
    return { answer, labels, logs };
  } catch (error) {
    const { name = 'Error', message = String(error) } = error as Partial<Error>;
    return { error: { name, message }, labels, logs };
  }
}

function requestOf(
  { request, seed, limitMs }: ProcessRequest,
  labels: string[],
  logs: string[],
): ProvisionRequest {
  const data = request as ProvisionRequest;
  return {
    ...data,
    signal: AbortSignal.timeout(limitMs),
    derive: (label) => {
      labels.push(label);
      return new Uint8Array(hkdfSync('sha256', Buffer.from(seed, 'hex'), data.key, label, 32));
    },
    log: (message, fields = {}) => void logs.push(message, JSON.stringify(fields)),
  };
}
