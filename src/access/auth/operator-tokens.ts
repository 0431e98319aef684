import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.provider.js';
import type { Config } from '../../config/config.js';
import type { OperatorRole } from '../../config/secrets/secrets.js';

/** Whoever asks, by the token that was presented. */
export interface Operator {
  readonly name: string;
  readonly role: OperatorRole;
  /** Nothing of any other installation exists for them; null: all. */
  readonly installations: ReadonlySet<string> | null;
  /** When the token expires, epoch milliseconds; absent: never. */
  readonly until?: number;
}

interface KnownToken {
  readonly operator: Operator;
  readonly digest: Buffer;
}

/** Knows the operators by the SHA-256 of their tokens; the tokens themselves are kept nowhere. */
@Injectable()
export class OperatorTokens {
  private readonly known: KnownToken[];

  constructor(@Inject(CONFIG) config: Pick<Config, 'operatorTokens'>) {
    this.known = config.operatorTokens.map(({ name, role, sha256, installations }) => ({
      operator: { name, role, installations },
      digest: Buffer.from(sha256, 'hex'),
    }));
  }

  /** Compares with every known token whatever the first ones say, so that time tells nothing about which of them is near. */
  operatorOf(token: string): Operator | undefined {
    const digest = createHash('sha256').update(token).digest();
    let found: Operator | undefined;
    for (const { operator, digest: expected } of this.known) {
      if (timingSafeEqual(digest, expected)) found = operator;
    }
    return found;
  }
}
