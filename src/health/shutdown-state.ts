import { Injectable } from '@nestjs/common';

/** Whether this process is going away. `main` says so before anything closes; readiness turns 503 from then on. */
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
