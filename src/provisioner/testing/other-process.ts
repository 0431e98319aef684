/**
 * Runs in a process of its own: loads a plugin from its module, makes one call, tells what came of it, and ends. It imports nothing
 * of ours at run time, so that Node runs it as it stands in the source as well.
 */
import { hkdfSync } from 'node:crypto';
import type { ProvisionerPlugin, ProvisionRequest } from '../provisioner.js';

export interface ProcessOrder {
  readonly module: string;
  readonly config: unknown;
  readonly verb: 'provision' | 'deprovision';
  /** A request without its functions and its signal. */
  readonly request: object;
  /** Hexadecimal. */
  readonly seed: string;
  readonly limitMs: number;
}

export interface ProcessReport {
  readonly answer?: unknown;
  readonly error?: { readonly name: string; readonly message: string };
  readonly labels: readonly string[];
  readonly logs: readonly string[];
}

process.once('message', (order: ProcessOrder) => {
  void work(order).then((report) => process.send?.(report, () => process.exit(0)));
});

async function work(order: ProcessOrder): Promise<ProcessReport> {
  const labels: string[] = [];
  const logs: string[] = [];
  try {
    const { default: plugin } = (await import(order.module)) as { default: ProvisionerPlugin };
    const checked = await plugin.configSchema['~standard'].validate(order.config);
    if (checked.issues) throw new Error(`the configuration is refused: ${JSON.stringify(checked.issues)}`);
    const one = plugin.create(checked.value);
    const answer = await one[order.verb](requestOf(order, labels, logs));
    await one.close?.();
    return { answer, labels, logs };
  } catch (error) {
    const { name = 'Error', message = String(error) } = error as Partial<Error>;
    return { error: { name, message }, labels, logs };
  }
}

function requestOf(
  { request, seed, limitMs }: ProcessOrder,
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
