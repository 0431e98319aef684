const STATUS = { bad_request: 400, not_found: 404, conflict: 409, closed: 503 } as const;

/**
 * The twin's owner asked for something that cannot be: wrong input, an unknown id, a state that forbids it.
 */
export class TwinError extends Error {
  override name = 'TwinError';

  constructor(
    readonly code: keyof typeof STATUS,
    message: string,
  ) {
    super(message);
  }

  /** What the control API answers. */
  get status(): number {
    return STATUS[this.code];
  }
}
