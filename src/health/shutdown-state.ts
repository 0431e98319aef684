import { Injectable } from '@nestjs/common';

/** True once the process shuts down. Set before anything closes; readiness answers 503 from then on. */
@Injectable()
export class ShutdownState {
  private begun = false;

  get shuttingDown(): boolean {
    return this.begun;
  }

  beginShutdown(): void {
    this.begun = true;
  }
}
