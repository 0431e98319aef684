import { OUTCOMES } from '../../action/entities/action.entity.js';
import { STATES, type State } from '../../state-machine/action-state.js';
import { IsCursor, IsLimit } from '../../http/paging/page.js';
import { IsAnyOf, IsText, IsTime } from '../../http/paging/query-rules.js';

/** The filters of the list of actions, combined with AND. */
export class ActionQuery {
  @IsAnyOf(STATES) state?: State[];
  @IsAnyOf(OUTCOMES) outcome?: (typeof OUTCOMES)[number][];
  /** The action's slug. */
  @IsText() action?: string;
  @IsText() installation?: string;
  @IsText() resource?: string;
  @IsText() deployment?: string;
  /** The project's name or id. */
  @IsText() project?: string;
  @IsText() gitRef?: string;
  /** Created at this time or later. */
  @IsTime() since?: string;
  /** Created before this time. */
  @IsTime() until?: string;
  @IsLimit() limit?: number;
  /** The `next` of the previous page. */
  @IsCursor() cursor?: string;
}

/** The filters without the paging. */
export type ActionFilter = Omit<ActionQuery, 'limit' | 'cursor'>;
