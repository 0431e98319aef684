import { Injectable } from '@nestjs/common';

/** True once every role of the process is running. */
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
