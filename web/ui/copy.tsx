import { useState } from 'preact/hooks';

const SHOWN_MS = 1_500;

/** Puts `text` on the clipboard and says that it did. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = async (): Promise<void> => {
    setSaid(
      await navigator.clipboard.writeText(text).then(
        () => 'Copied',
        () => 'The browser forbids it',
      ),
    );
    setTimeout(() => setSaid(null), SHOWN_MS);
  };
  return (
    <button type="button" class="quiet copy" onClick={() => void copy()} aria-live="polite">
      {said ?? label}
    </button>
  );
}
