/** An executable part of a documentation page: commands, or a file whose name follows the language. */
export interface PageStep {
  /** The file's path in the working folder; null for commands. */
  readonly file: string | null;
  readonly text: string;
}

const BLOCK = /^```(\w+)(?: (\S+))?\n(.*?)^```$/gms;

/** The blocks of a page that are commands (`sh`) or files, in order. Other blocks are only shown. */
export function stepsOf(markdown: string): PageStep[] {
  return [...markdown.matchAll(BLOCK)].flatMap(([, language, file, text = '']) =>
    file !== undefined || language === 'sh' ? [{ file: file ?? null, text }] : [],
  );
}

/** One script that executes all steps, and stops at the first failure. */
export function scriptOf(steps: readonly PageStep[]): string {
  const lines = steps.map(({ file, text }) =>
    file === null ? text : `cat > "$begun/${file}" <<'END OF FILE'\n${text}END OF FILE`,
  );
  return ['set -euo pipefail', 'begun=$PWD', 'mkdir -p config', ...lines].join('\n');
}
