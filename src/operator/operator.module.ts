import { Module } from '@nestjs/common';
import { ActionController } from './action.controller.js';
import { OperatorAuthModule } from './auth/operator.auth.module.js';
import { TransitionController } from './transition.controller.js';

/** What operators read. Needs `CONFIG` and `READ_DATABASE` from modules that are global. */
@Module({ imports: [OperatorAuthModule], controllers: [ActionController, TransitionController] })
export class OperatorModule {}
