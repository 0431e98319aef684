import { OUTCOMES } from '../../action/entities/action.entity.js';
import { STATES, type State } from '../../state-machine/action-state.js';
import { IsCursor, IsLimit } from '../../http/paging/page.js';
import { IsAnyOf, IsText, IsTime } from '../../http/paging/query-rules.js';

/** The parameters of the list of actions: all that are given must hold. */
export class ActionQuery {
  @IsAnyOf(STATES) state?: State[];
  @IsAnyOf(OUTCOMES) outcome?: (typeof OUTCOMES)[number][];
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
  @IsCursor() cursor?: string;
}

/** What is asked for, apart from which page of it. */
export type ActionFilter = Omit<ActionQuery, 'limit' | 'cursor'>;
