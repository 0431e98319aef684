/** `skipped`: the check could not run; the message names the reason. */
export type Status = 'ok' | 'warning' | 'failed' | 'skipped';

/** The result of one check. */
export interface Check {
  /** The name of the check, stable for programs. */
  readonly name: string;
  /** The checked object if there are several: for example an action's slug or an installation's id. */
  readonly subject: string | null;
  readonly status: Status;
  /** One sentence without secrets. */
  readonly message: string;
  /** How to fix it. */
  readonly advice: string | null;
}

interface About {
  name: string;
  subject?: string | null;
}

const check = (
  { name, subject = null }: About,
  status: Status,
  message: string,
  advice: string | null,
): Check => ({
  name,
  subject,
  status,
  message,
  advice,
});

export const ok = (about: About, message: string): Check => check(about, 'ok', message, null);
export const skipped = (about: About, message: string): Check => check(about, 'skipped', message, null);
export const warning = (about: About, message: string, advice: string): Check =>
  check(about, 'warning', message, advice);
export const failed = (about: About, message: string, advice: string): Check =>
  check(about, 'failed', message, advice);
