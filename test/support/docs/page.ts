/**
 * A page of the documentation as something to do: its commands, and the files whose names stand beside their
 * language.
 */
export interface PageStep {
  /** Where the file belongs, seen from the folder that one begins in; null for commands. */
  readonly file: string | null;
  readonly text: string;
}

const BLOCK = /^```(\w+)(?: (\S+))?\n(.*?)^```$/gms;

/** The blocks that are commands (`sh`) or files, in their order; others only show something. */
export function stepsOf(markdown: string): PageStep[] {
  return [...markdown.matchAll(BLOCK)].flatMap(([, language, file, text = '']) =>
    file !== undefined || language === 'sh' ? [{ file: file ?? null, text }] : [],
  );
}

/** One script that does all of it; it stops where something fails. */
export function scriptOf(steps: readonly PageStep[]): string {
  const lines = steps.map(({ file, text }) =>
    file === null ? text : `cat > "$begun/${file}" <<'END OF FILE'\n${text}END OF FILE`,
  );
  return ['set -euo pipefail', 'begun=$PWD', 'mkdir -p config', ...lines].join('\n');
}
