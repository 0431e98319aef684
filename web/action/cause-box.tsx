import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { now } from '../ui/now.js';
import { WithCode } from '../ui/with-code.js';
import { causeOf } from './cause.js';

/** The problem in a sentence. Screen readers announce only a new state, not every passing second. */
export function CauseBox({ action }: { action: ActionDetail }) {
  const { tone, sentence, text, next } = causeOf(action, now.value);
  return (
    <section class={`cause ${tone}`} aria-label="Summary">
      <p class="sentence">{sentence}</p>
      {text !== null && (
        <blockquote class="text">
          <span class="hint">Status text:</span> {text}
        </blockquote>
      )}
      {next !== null && (
        <p class="next">
          <WithCode text={next} />
        </p>
      )}
      <p role="status" class="unseen">
        The action is {action.state}.
      </p>
    </section>
  );
}
