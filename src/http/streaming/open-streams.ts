import { Injectable } from '@nestjs/common';

/** Ends event streams and exports during a shutdown. The server waits for every answer before it closes. */
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
