import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { MAX_REASON_LENGTH } from '../../src/state-machine/operator-commands.js';
import { ApiProblem } from '../api/problem.js';

interface ReasonDialogProps {
  title: string;
  /** What the command does, in a sentence. */
  does: string;
  /** The objects that the command concerns. */
  about?: ComponentChildren;
  /** The label of the button. */
  confirm: string;
  /** True if the command ends something that is in use. The button is red then. */
  destroys?: boolean;
  /** Formats the reason as the customer sees it; undefined if the customer does not see it. */
  preview?: (reason: string) => string;
  /** Sends the command. Rejects with an ApiProblem if the server refuses. */
  send: (reason: string) => Promise<void>;
  close: () => void;
}

/** Asks for a reason and sends the command. Stays open with the server's message if it refuses. */
export function ReasonDialog(props: ReasonDialogProps) {
  const { title, does, about, confirm, destroys = false, preview, send, close } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    const failure = await refusalOf(send(reason.trim()));
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
          maxLength={MAX_REASON_LENGTH}
          pattern=".*\S.*"
          autocomplete="off"
          aria-describedby="reason-hint"
          value={reason}
          onInput={({ currentTarget }) => setReason(currentTarget.value)}
        />
        <p class="hint" id="reason-hint">
          {preview ? 'The customer reads the reason. ' : ''}The audit keeps it permanently, with your name.
        </p>
        {preview && <p class="preview">{preview(reason.trim())}</p>}
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

async function refusalOf(sent: Promise<void>): Promise<ApiProblem | null> {
  try {
    await sent;
    return null;
  } catch (error) {
    if (error instanceof ApiProblem) return error;
    throw error;
  }
}
