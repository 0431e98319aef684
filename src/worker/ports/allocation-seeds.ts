import { Injectable } from '@nestjs/common';
import type { AllocationView } from '../../action/claims/action-view.js';
import { seedContext } from '../../action/allocation-key.js';
import { deriveBytes, Sealing } from '../../sealing/sealing.js';
import type { SeedSealer } from './seed-sealer.js';
import type { StepPorts } from './step-ports.js';

/** The random seeds of allocations: sealed in the database, opened to derive a plugin's credentials. */
@Injectable()
export class AllocationSeeds implements SeedSealer, Pick<StepPorts, 'derive'> {
  constructor(private readonly sealing: Sealing) {}

  seal(seed: Buffer, identity: string): Buffer {
    return this.sealing.seal(seed, seedContext(identity));
  }

  /** @throws Error when the seed is erased or sealed with an unknown key */
  derive({ sealedSeed, identity, key }: AllocationView, label: string): Uint8Array {
    if (sealedSeed === null) throw new Error(`worker: the seed of allocation ${key} is erased`);
    return deriveBytes(this.sealing.open(sealedSeed, seedContext(identity)), label);
  }
}
