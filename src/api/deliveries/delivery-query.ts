import { IsCursor, IsLimit } from '../../http/paging/page.js';
import { IsAnyOf, IsText, IsTime } from '../../http/paging/query-rules.js';

/** The filters of the list of deliveries, combined with AND. */
export class DeliveryQuery {
  /** Vercel's event type. */
  @IsText() type?: string;
  /** Vercel's event id. A replay has an id of its own. */
  @IsText() event?: string;
  @IsAnyOf(['recorded', 'ignored']) result?: ('recorded' | 'ignored')[];
  @IsText() installation?: string;
  @IsText() deployment?: string;
  /** Received at this time or later. */
  @IsTime() since?: string;
  /** Received before this time. */
  @IsTime() until?: string;
  @IsLimit() limit?: number;
  @IsCursor() cursor?: string;
}
