import { now } from './now.js';
import { absolute, away } from './time.js';

/** A moment as people say it; the exact one on hovering. */
export function Ago({ at }: { at: string }) {
  return (
    <time dateTime={at} title={absolute(at)}>
      {away(Date.parse(at), now.value)}
    </time>
  );
}
