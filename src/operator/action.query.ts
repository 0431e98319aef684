import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import type { ActionOutcome } from '../action/action.entity.js';
import { STATES, type State } from '../action/action.state.js';
import { IsLimit } from './page.js';
import { IsAnyOf, IsText, IsTime } from './query.rules.js';

const OUTCOMES: readonly ActionOutcome[] = ['succeeded', 'failed', 'canceled'];

/** The parameters of the list of actions: all that are given must hold. */
export class ActionQuery {
  @IsAnyOf(STATES) state?: State[];
  @IsAnyOf(OUTCOMES) outcome?: ActionOutcome[];
  /** The slug. */
  @IsText() action?: string;
  @IsText() installation?: string;
  @IsText() resource?: string;
  @IsText() deployment?: string;
  /** The project's name or id. */
  @IsText() project?: string;
  @IsText() gitRef?: string;
  /** Created then or later. */
  @IsTime() since?: string;
  /** Created before. */
  @IsTime() until?: string;
  @IsLimit() limit?: number;
  /** `next` of the page before. */
  @ApiPropertyOptional({ type: String })
  @IsOptional()
  @IsString()
  @MaxLength(1024)
  cursor?: string;
}

/** What is asked for, apart from which page of it. */
export type ActionFilter = Omit<ActionQuery, 'limit' | 'cursor'>;
