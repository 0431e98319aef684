import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { OPERATOR_ROLES } from '../../config/secrets/secrets.js';
import type { Operator } from '../../access/auth/operator-tokens.js';
import { Role } from '../../access/auth/role.js';
import { Who } from '../../access/auth/who.js';
import { Answers, Describe, named, TEXT } from '../../http/openapi/answers.js';

const meSchema = named(
  'Me',
  z.object({
    name: TEXT.describe('what the audit says after `operator:`'),
    role: z.enum(OPERATOR_ROLES),
    installations: z.array(TEXT).nullable().describe('nothing of any other exists for this token; null: all'),
  }),
);

/** Who is asking, and what they may see. */
@ApiTags('me')
@Role('viewer')
@Controller('api/v1/me')
export class MeController {
  @Get()
  @Describe({ id: 'getMe', summary: 'Get who is asking', description: 'As the token says.' })
  @Answers(200, meSchema, 'Whoever sent the token')
  get(@Who() { name, role, installations }: Operator): z.infer<typeof meSchema> {
    return { name, role, installations: installations && [...installations].toSorted() };
  }
}
