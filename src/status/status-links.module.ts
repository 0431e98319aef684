import { Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.constants.js';
import { StatusTokens } from './status-token.js';
import { StatusLinks } from './status-url.js';

/** Links to status pages, also for processes that do not serve them. Needs `CONFIG` from a global module. */
@Module({
  providers: [
    {
      provide: StatusTokens,
      inject: [CONFIG],
      useFactory: ({ encryptionKeys }: Config) => new StatusTokens(encryptionKeys),
    },
    StatusLinks,
  ],
  exports: [StatusTokens, StatusLinks],
})
export class StatusLinksModule {}
