/** Seals the random seeds of allocations. */
export interface SeedSealer {
  /** Encrypts the seed of a new allocation. */
  seal(seed: Buffer, identity: string): Buffer;
}
