import { now } from './now.js';
import { absolute, away } from './time.js';

/** A time relative to now. Hovering shows the exact time. */
export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={absolute(at)}>
      {away(Date.parse(at), now.value)}
    </time>
  );
}
