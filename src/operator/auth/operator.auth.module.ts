import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { OperatorGuard } from './operator.guard.js';
import { OperatorTokens } from './operator.tokens.js';

/** Puts the guard before every route of the application; imported by each module that has operators' routes. */
@Module({ providers: [OperatorTokens, { provide: APP_GUARD, useClass: OperatorGuard }] })
export class OperatorAuthModule {}
