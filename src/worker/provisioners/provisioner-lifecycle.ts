import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { failure, logEvent } from '../../log/log.js';
import { CHECK_LIMIT_MS } from '../../provisioner/limits.js';
import type { LoadedProvisioners } from '../../provisioner/loader.js';
import { PROVISIONERS } from './provisioner.constants.js';

/** Checks the plugins when the process starts, and closes them when it ends. */
@Injectable()
export class ProvisionerLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(PROVISIONERS) private readonly provisioners: LoadedProvisioners) {}

  /**
   * A backend that cannot be reached does not stop the boot: its actions are tried again until their
   * deadline.
   */
  onApplicationBootstrap(): void {
    this.provisioners
      .check(AbortSignal.timeout(CHECK_LIMIT_MS), (warning) => logEvent('provisioner-warning', { warning }))
      .catch((error: unknown) => logEvent('provisioners-not-ready', failure(error)));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.provisioners.close();
  }
}
