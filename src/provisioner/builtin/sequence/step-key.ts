import { createHash } from 'node:crypto';
import type { SequenceStep } from './step.js';

const MAX_LENGTH = 63;
const HASH_LENGTH = 12;

type Keyed = Pick<SequenceStep, 'name' | 'ownKeys'> & { readonly plugin: { readonly name: string } };

/**
 * Returns the key of a step: the sequence's own for the first of its plugin, `KEY-NAME` for a further one.
 * Only a shortened key, with a hash of the whole key, has the maximum length, by which `sequenceKey`
 * recognizes it.
 */
export function stepKey(key: string, { name, ownKeys }: Keyed): string {
  if (ownKeys) return key;
  const whole = `${key}-${name}`;
  if (whole.length < MAX_LENGTH) return whole;
  const hash = createHash('sha256').update(key).digest('hex').slice(0, HASH_LENGTH);
  const room = MAX_LENGTH - HASH_LENGTH - name.length - 2;
  return `${key.slice(0, room)}-${hash}-${name}`;
}

/** Returns the sequence's key for a key of this step's plugin; null for a shortened key. */
export function sequenceKey(key: string, { plugin }: Keyed, steps: readonly Keyed[]): string | null {
  const further = steps.find(
    (one) => !one.ownKeys && one.plugin.name === plugin.name && key.endsWith(`-${one.name}`),
  );
  if (further === undefined) return key;
  return key.length === MAX_LENGTH ? null : key.slice(0, -further.name.length - 1);
}
