import { Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { CONFIG } from '../config/config.constants.js';
import { Sealing } from './sealing.js';

/** Sealing with the configured keys. Needs `CONFIG` from a global module. */
@Module({
  providers: [
    {
      provide: Sealing,
      inject: [CONFIG],
      useFactory: ({ encryptionKeys }: Config) => new Sealing(encryptionKeys),
    },
  ],
  exports: [Sealing],
})
export class SealingModule {}
