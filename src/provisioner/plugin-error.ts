import { PermanentError } from './provisioner.js';

/** Prefixes `text` with the plugin's name, unless it begins with the name. */
export function withPluginName(plugin: string, text: string): string {
  return text.startsWith(`${plugin}:`) ? text : `${plugin}: ${text}`;
}

/** Returns true for a thrown PermanentError, false for any other value, also one whose getters throw. */
export function isPermanent(thrown: unknown): boolean {
  try {
    return PermanentError.is(thrown) && typeof thrown.message === 'string';
  } catch {
    return false;
  }
}
