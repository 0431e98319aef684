import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '../../config/config.constants.js';
import type { Config } from '../../config/config.js';
import type { OperatorRole } from '../../config/secrets/secrets.js';

/** The authenticated caller. */
export interface Operator {
  readonly name: string;
  readonly role: OperatorRole;
  /** Limits the caller to these installations; all others answer 404. Null: no limit. */
  readonly installations: ReadonlySet<string> | null;
  /** Expiry of the token in epoch milliseconds; undefined: never. */
  readonly until?: number;
}

interface KnownToken {
  readonly operator: Operator;
  readonly digest: Buffer;
}

/** Finds operators by the SHA-256 of their tokens. The tokens themselves are not stored. */
@Injectable()
export class OperatorTokens {
  private readonly known: KnownToken[];

  constructor(@Inject(CONFIG) config: Pick<Config, 'operatorTokens'>) {
    this.known = config.operatorTokens.map(({ name, role, sha256, installations }) => ({
      operator: { name, role, installations },
      digest: Buffer.from(sha256, 'hex'),
    }));
  }

  /**
   * Compares with every known token in constant time, so that the duration does not reveal a partial match.
   */
  operatorOf(token: string): Operator | undefined {
    const digest = createHash('sha256').update(token).digest();
    let found: Operator | undefined;
    for (const { operator, digest: expected } of this.known) {
      if (timingSafeEqual(digest, expected)) found = operator;
    }
    return found;
  }
}
