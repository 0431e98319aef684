const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Formats milliseconds with at most two units: `12 ms`, `1.4 s`, `3 min 5 s`, `2 d 4 h`. */
export function duration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < SECOND) return `${Math.round(span)} ms`;
  if (span < 10 * SECOND) return `${(span / SECOND).toFixed(1)} s`;
  if (span < MINUTE) return `${Math.round(span / SECOND)} s`;
  if (span < HOUR) return two(span, MINUTE, 'min', SECOND, 's');
  if (span < DAY) return two(span, HOUR, 'h', MINUTE, 'min');
  return two(span, DAY, 'd', HOUR, 'h');
}

function two(span: number, large: number, name: string, small: number, smallName: string): string {
  const whole = Math.floor(span / large);
  const rest = Math.floor((span % large) / small);
  return rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${smallName}`;
}

/** Formats the distance of `at` from `now`, both in ms, with one unit: `now`, `8 s ago`, `in 2 min`. */
export function away(at: number, now: number): string {
  const ms = at - now;
  const span = Math.abs(ms);
  if (span < SECOND) return 'now';
  const text = oneUnit(span);
  return ms < 0 ? `${text} ago` : `in ${text}`;
}

function oneUnit(span: number): string {
  if (span < MINUTE) return `${Math.floor(span / SECOND)} s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)} min`;
  if (span < DAY) return `${Math.floor(span / HOUR)} h`;
  return `${Math.floor(span / DAY)} d`;
}

/** Formats as `2026-01-31 12:00:00.123 UTC`. UTC, so that people in all time zones see the same. */
export function absolute(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)} UTC`;
}

/** Formats as `12:00:00.123` (UTC), for lists that name the day once. */
export function clock(iso: string): string {
  return iso.slice(11, 23);
}
