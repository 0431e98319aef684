/** An answer other than success, in the form that Neon gives it: `{"request_id","code","message"}`. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code = '',
  ) {
    super(message);
  }
}

export const notFound = (what: string): Refusal => new Refusal(404, `${what} not found`);
export const badRequest = (why: string): Refusal => new Refusal(400, why);
export const locked = (): Refusal =>
  new Refusal(423, 'project already has running operations, scheduling of new ones is prohibited');
