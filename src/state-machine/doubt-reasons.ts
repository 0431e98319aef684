/** Why the answers about an installation's missing deployments are in doubt. */
export const DOUBT_REASONS = ['none-found', 'many-gone', 'transferred'] as const;
export type DoubtReason = (typeof DOUBT_REASONS)[number];
