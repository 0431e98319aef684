import { Injectable, type OnModuleDestroy } from '@nestjs/common';

/** Ends answers that would go on for ever, before the server waits for them to end. */
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
