import { EXIT, type Exit } from './exit.js';

/** An expected failure of a command. The message is printed without a stack. */
export class CommandError extends Error {
  override readonly name = 'Refusal';

  constructor(
    message: string,
    readonly exit: Exit = EXIT.found,
    options: ErrorOptions = {},
  ) {
    super(message, options);
  }
}
