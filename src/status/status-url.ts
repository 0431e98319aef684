import type { Config } from '../config/config.js';
import { StatusTokens } from './status-token.js';

/** Where whoever deploys can follow an action. */
export type StatusUrl = (actionId: string) => string | null;

/** Null for every action while no PUBLIC_URL says where people reach us. */
export function statusUrls({
  publicUrl,
  encryptionKeys,
}: Pick<Config, 'publicUrl' | 'encryptionKeys'>): StatusUrl {
  if (publicUrl === null) return () => null;
  const tokens = new StatusTokens(encryptionKeys);
  return (actionId) => `${publicUrl}/status/${tokens.mint(actionId)}`;
}
