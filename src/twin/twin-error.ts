const STATUS = { bad_request: 400, not_found: 404, conflict: 409, closed: 503 } as const;

/** A request that the twin refuses: wrong input, an unknown id, or a state that forbids it. */
export class TwinError extends Error {
  override name = 'TwinError';

  constructor(
    readonly code: keyof typeof STATUS,
    message: string,
  ) {
    super(message);
  }

  /** The HTTP status of the control API. */
  get status(): number {
    return STATUS[this.code];
  }
}
