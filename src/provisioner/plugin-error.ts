import { PermanentError } from './provisioner.js';

/** Puts the plugin's name before `text`, unless the text begins with the name already. */
export function withPluginName(plugin: string, text: string): string {
  return text.startsWith(`${plugin}:`) ? text : `${plugin}: ${text}`;
}

/** True when a plugin threw a PermanentError. False when reading the thrown value fails: it promises nothing. */
export function isPermanent(thrown: unknown): boolean {
  try {
    return PermanentError.is(thrown) && typeof thrown.message === 'string';
  } catch {
    return false;
  }
}
