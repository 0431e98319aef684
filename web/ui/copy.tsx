import { useState } from 'preact/hooks';

const SHOWN_MS = 1_500;

/** Copies `text` to the clipboard and shows the result on the button. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [result, setResult] = useState<string | null>(null);
  const copy = async (): Promise<void> => {
    setResult(
      await navigator.clipboard.writeText(text).then(
        () => 'Copied',
        () => 'Not allowed by the browser',
      ),
    );
    setTimeout(() => setResult(null), SHOWN_MS);
  };
  return (
    <button type="button" class="quiet copy" onClick={() => void copy()} aria-live="polite">
      {result ?? label}
    </button>
  );
}
