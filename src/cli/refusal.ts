import { EXIT, type Exit } from './exit.js';

/** Why a command cannot do what it was asked to: said as it is, without a stack. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    message: string,
    readonly exit: Exit = EXIT.found,
    options: ErrorOptions = {},
  ) {
    super(message, options);
  }
}
