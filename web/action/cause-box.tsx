import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { now } from '../ui/now.js';
import { causeOf } from './cause.js';

/**
 * The matter in a sentence, before anything else. The seconds that pass are not read out: only a new state
 * is.
 */
export function CauseBox({ action }: { action: ActionDetail }) {
  const { tone, sentence, said, next } = causeOf(action, now.value);
  return (
    <section class={`cause ${tone}`} aria-label="What is the matter">
      <p class="sentence">{sentence}</p>
      {said !== null && (
        <blockquote class="said">
          <span class="hint">It says:</span> {said}
        </blockquote>
      )}
      {next !== null && <p class="next">{next}</p>}
      <p role="status" class="unseen">
        The action is {action.state}.
      </p>
    </section>
  );
}
