import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { CopyButton } from '../ui/copy.js';

/** The API's answer, to copy into a report. */
export function RawAction({ action }: { action: ActionDetail }) {
  const text = JSON.stringify(action, null, 2);
  return (
    <section aria-labelledby="raw">
      <h2 id="raw">As JSON</h2>
      <CopyButton text={text} label="Copy" />
      <details>
        <summary>Show</summary>
        <pre tabIndex={0} aria-labelledby="raw">
          {text}
        </pre>
      </details>
    </section>
  );
}
