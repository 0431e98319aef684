/**
 * A claim that was not confirmed for this long is read again before an outside call. Shorter than the lease,
 * so no other worker can claim the action while the claim is fresh.
 */
export const FRESH_MS = 5_000;

/**
 * The right to move one action: `token` guards every write. A later claim of the action gets a higher token.
 */
export interface Claim {
  readonly id: string;
  readonly token: number;
  /** When the database last showed that the claim is ours (monotonic ms). */
  readonly confirmedAt: number;
}

export const confirmed = (claim: Claim, at: number): Claim => ({ ...claim, confirmedAt: at });

export const isFresh = ({ confirmedAt }: Claim, now: number): boolean => now - confirmedAt < FRESH_MS;
