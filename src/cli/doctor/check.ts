/** `skipped`: it could not be looked at, because of something else that is named. */
export type Status = 'ok' | 'warning' | 'failed' | 'skipped';

/** What was found out about one thing. */
export interface Check {
  /** What was looked at: stable, for programs. */
  readonly name: string;
  /** Which one, where there are several: an action's slug, an installation's id. */
  readonly subject: string | null;
  readonly status: Status;
  /** One sentence. Never a secret. */
  readonly message: string;
  /** What to do about it. */
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
