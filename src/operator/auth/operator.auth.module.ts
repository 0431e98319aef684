import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Authenticator } from './authenticator.js';
import { OperatorGuard } from './operator.guard.js';
import { OperatorTokens } from './operator.tokens.js';

/** Puts the guard before every route of the application; imported by each module that has operators' routes. */
@Module({ providers: [OperatorTokens, Authenticator, { provide: APP_GUARD, useClass: OperatorGuard }] })
export class OperatorAuthModule {}
