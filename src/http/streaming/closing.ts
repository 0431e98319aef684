import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Ends endless responses at shutdown, before the server waits for open responses. */
@Injectable()
export class OpenStreams implements OnModuleDestroy {
  private readonly controller = new AbortController();

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  onModuleDestroy(): void {
    this.controller.abort(new Error('the server is shutting down'));
  }
}
