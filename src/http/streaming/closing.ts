import { Injectable } from '@nestjs/common';

/** Ends the answers that have no end of their own. A server that closes waits for every answer. */
@Injectable()
export class OpenStreams {
  private readonly controller = new AbortController();

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  end(): void {
    this.controller.abort(new Error('the server is shutting down'));
  }
}
