import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem.js';

interface ReasonDialogProps {
  title: string;
  /** What will happen, in a sentence. */
  does: string;
  /** Whom or what it concerns. */
  about?: ComponentChildren;
  /** What the button says. */
  confirm: string;
  /** It ends something that is in use: its button is red. */
  destroys?: boolean;
  /** How the reason will be shown to the customer; left out where the customer does not see it. */
  sees?: (reason: string) => string;
  /** Rejects with an ApiProblem when the server refuses. */
  order: (reason: string) => Promise<void>;
  close: () => void;
}

const LONGEST = 500;

/** Asks why, has it done, and stays open with what the server said when it is refused. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { title, does, about, confirm, destroys = false, sees, order, close } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    const failure = await refusalOf(order(reason.trim()));
    setBusy(false);
    if (failure === null) dialog.current?.close();
    else setProblem(failure);
  };
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="reason-title">
      <form onSubmit={(event) => void submit(event)}>
        <h2 id="reason-title">{title}</h2>
        {about}
        <p>{does}</p>
        <label for="reason">Reason</label>
        <input
          id="reason"
          required
          maxLength={LONGEST}
          pattern=".*\S.*"
          autocomplete="off"
          aria-describedby="reason-hint"
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <p class="hint" id="reason-hint">
          {sees ? 'The customer reads it. ' : ''}The audit keeps it with your name, for good.
        </p>
        {sees && <p class="sees">{sees(reason.trim())}</p>}
        {problem && <Refusal problem={problem} />}
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            Back
          </button>
          <button type="submit" class={destroys ? 'danger' : 'main'} disabled={busy}>
            {confirm}
          </button>
        </div>
      </form>
    </dialog>
  );
}

function Refusal({ problem: { title, message, allowedStates } }: { problem: ApiProblem }) {
  return (
    <p class="notice bad" role="alert">
      <strong>{title}.</strong> {message}
      {allowedStates.length > 0 && ` (allowed: ${allowedStates.join(', ')})`}
    </p>
  );
}

async function refusalOf(ordered: Promise<void>): Promise<ApiProblem | null> {
  try {
    await ordered;
    return null;
  } catch (error) {
    if (error instanceof ApiProblem) return error;
    throw error;
  }
}
