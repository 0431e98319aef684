import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Length, Matches } from 'class-validator';
import type { Operator } from '../../access/auth/operator-tokens.js';

/** Neither breaks a line nor turns the direction of what comes after it: the audit shows more than this text in its line. */
const ONE_LINE = /^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u;

/** What every command of an operator says: why. It stands in the audit for good. */
export class CommandBody {
  /** 1 to 500 characters, in one line. */
  @ApiProperty({ minLength: 1, maxLength: 500, description: 'why; it stands in the audit for good' })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @Matches(ONE_LINE, { message: 'must not contain control characters or line breaks' })
  @Matches(/[^\p{C}\p{Z}]/u, { message: 'must say something' })
  @Length(1, 500, { message: 'must be a text of 1 to 500 characters' })
  reason!: string;
}

/** How the audit names an operator. */
export const actorOf = ({ name }: Operator): `operator:${string}` => `operator:${name}`;
