/** An answer other than success, in Neon's format: `{"request_id","code","message"}`. */
export class NeonRefusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code = '',
  ) {
    super(message);
  }
}

export const notFound = (what: string): NeonRefusal => new NeonRefusal(404, `${what} not found`);
export const badRequest = (why: string): NeonRefusal => new NeonRefusal(400, why);
export const locked = (): NeonRefusal =>
  new NeonRefusal(423, 'project already has running operations, scheduling of new ones is prohibited');
