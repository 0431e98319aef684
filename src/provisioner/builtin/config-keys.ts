import type { z } from 'zod';
import { didYouMean } from './closest.js';

type Context = z.RefinementCtx<Record<string, unknown>>;

/** For `superRefine` of a loose object. Adds one issue per unknown key, with the path of the key. */
export function rejectUnknownKeys(known: readonly string[]) {
  return (config: Record<string, unknown>, context: Context): void => {
    for (const key of Object.keys(config).filter((candidate) => !known.includes(candidate))) {
      const allowed = known.length === 0 ? 'no key is' : `known are ${known.join(', ')}`;
      const message = `unknown key${didYouMean(key, known)}; ${allowed}`.replace(
        'no key is',
        'this provisioner has none',
      );
      context.addIssue({ code: 'custom', path: [key], message });
    }
  };
}
