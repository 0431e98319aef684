import { Inject, Injectable } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.constants.js';
import { StatusTokens } from './status-token.js';

/** The URL of an action's status page; null where status pages have no public address. */
export type StatusUrl = (actionId: string) => string | null;

/** Links to status pages. */
@Injectable()
export class StatusLinks {
  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'publicUrl'>,
    private readonly tokens: StatusTokens,
  ) {}

  /** Null for every action unless PUBLIC_URL is set. */
  readonly urlOf: StatusUrl = (actionId) => {
    const { publicUrl } = this.config;
    return publicUrl === null ? null : `${publicUrl}/status/${this.tokens.mint(actionId)}`;
  };
}
