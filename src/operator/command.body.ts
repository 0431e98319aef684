import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { Length, Matches } from 'class-validator';
import type { Operator } from './auth/operator.tokens.js';

/** What every command of an operator says: why. It stands in the audit for good. */
export class CommandBody {
  /** 1 to 500 characters, in one line. */
  @ApiProperty({ minLength: 1, maxLength: 500, description: 'why; it stands in the audit for good' })
  @Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value))
  @Length(1, 500, { message: 'must be a text of 1 to 500 characters' })
  @Matches(/^[^\p{Cc}]*$/u, { message: 'must not contain control characters' })
  reason!: string;
}

/** How the audit names an operator. */
export const actorOf = ({ name }: Operator): `operator:${string}` => `operator:${name}`;
