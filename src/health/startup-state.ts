import { Injectable } from '@nestjs/common';

/** Whether this process has come up. `main` says so once every role that was asked for runs. */
@Injectable()
export class StartupState {
  private done = false;

  get started(): boolean {
    return this.done;
  }

  markStarted(): void {
    this.done = true;
  }
}
