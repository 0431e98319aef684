import { readFile, writeFile } from 'node:fs/promises';

/** A file that is generated from the code, completely or in regions. */
export interface Written {
  /** Path from the repository's root. */
  readonly path: string;
  /** Returns the expected content of the file. */
  text(present: string): string | Promise<string>;
}

/**
 * Runs a script that generates files: writes them, or with `--check` reports outdated ones.
 *
 * @param script path of the script, for messages
 */
export async function writeOrCheck(script: string, files: readonly Written[]): Promise<void> {
  const [argument, ...rest] = process.argv.slice(2);
  if (rest.length > 0 || (argument !== undefined && argument !== '--check')) {
    console.error(`${script}: unknown argument ${process.argv.slice(2).join(' ')}; known: --check`);
    process.exitCode = 2;
    return;
  }
  for (const file of files) await one(script, file, argument === '--check');
}

async function one(script: string, { path, text }: Written, check: boolean): Promise<void> {
  const url = new URL(`../${path}`, import.meta.url);
  const present = await readFile(url, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return '';
    throw cause;
  });
  const wanted = await text(present);
  if (wanted === present) return;
  if (!check) return writeFile(url, wanted);
  console.error(`${script}: ${path} is outdated; run: node ${script}`);
  process.exitCode = 1;
}

/** Replaces the lines between `<!-- generated: NAME -->` and `<!-- end -->`. */
export function withRegion(page: string, name: string, lines: string): string {
  const begin = `<!-- generated: ${name} -->`;
  const at = page.indexOf(begin);
  const end = page.indexOf('<!-- end -->', at);
  if (at < 0 || end < 0) throw new Error(`the page has no region "${name}"`);
  return `${page.slice(0, at + begin.length)}\n\n${lines}\n\n${page.slice(end)}`;
}

/** A Markdown table without padding; prettier aligns it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}
