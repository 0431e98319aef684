import { IsCursor, IsLimit } from '../../http/paging/page.js';
import { IsAnyOf, IsText, IsTime } from '../../http/paging/query-rules.js';

/** The parameters of the list of deliveries: all that are given must hold. */
export class DeliveryQuery {
  /** Vercel's type of the event. */
  @IsText() type?: string;
  /** Vercel's id of the event; a replay has one of its own. */
  @IsText() event?: string;
  @IsAnyOf(['recorded', 'ignored']) result?: ('recorded' | 'ignored')[];
  @IsText() installation?: string;
  @IsText() deployment?: string;
  /** Received then or later. */
  @IsTime() since?: string;
  /** Received before. */
  @IsTime() until?: string;
  @IsLimit() limit?: number;
  @IsCursor() cursor?: string;
}
