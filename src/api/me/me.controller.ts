import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { OPERATOR_ROLES } from '../../config/secrets/secrets.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { RequireRole } from '../../access/auth/role.js';
import { CurrentOperator } from '../../access/auth/current-operator.js';
import { Answers, Describe, named, TEXT } from '../../http/openapi/answers.js';

const meSchema = named(
  'Me',
  z.object({
    name: TEXT.describe('the name in the audit after `operator:`'),
    role: z.enum(OPERATOR_ROLES),
    installations: z
      .array(TEXT)
      .nullable()
      .describe('the installations that the token is limited to; null: all'),
  }),
);

/** Describes the caller. */
@ApiTags('me')
@RequireRole('viewer')
@Controller('api/v1/me')
export class MeController {
  @Get()
  @Describe({
    id: 'getMe',
    summary: 'Get the caller',
    description: 'Name, role and installations of the token.',
  })
  @Answers(200, meSchema, 'The caller')
  get(@CurrentOperator() { name, role, installations }: Operator): z.infer<typeof meSchema> {
    return { name, role, installations: installations && [...installations].toSorted() };
  }
}
