import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Length, Matches } from 'class-validator';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { MAX_REASON_LENGTH } from '../../state-machine/operator-commands.js';

/**
 * Excludes line breaks and characters that reverse the text direction, because the audit shows more text in
 * the same line.
 */
const ONE_LINE = /^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u;

/** The body of every command: the reason, which the audit stores permanently. */
export class CommandBody {
  /** One line of 1 to {@link MAX_REASON_LENGTH} characters. */
  @ApiProperty({
    minLength: 1,
    maxLength: MAX_REASON_LENGTH,
    description: 'the reason, which the audit stores permanently',
  })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @Matches(ONE_LINE, { message: 'must not contain control characters or line breaks' })
  @Matches(/[^\p{C}\p{Z}]/u, { message: 'must contain visible text' })
  @Length(1, MAX_REASON_LENGTH, { message: `must be a text of 1 to ${MAX_REASON_LENGTH} characters` })
  reason!: string;
}

/** Returns the name of an operator in the audit. */
export const actorOf = ({ name }: Operator): `operator:${string}` => `operator:${name}`;
