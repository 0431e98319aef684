import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MarkdownRenderer } from 'vitepress';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const DOCS = join(ROOT, 'docs');
/** The page of a folder; the site calls it `index`. */
const README = /(^|\/)README\.md(?=#|$)/;

/**
 * Rewrites links to files of the repository outside the site: to `repository` (such as
 * `https://github.com/owner/name/blob/main`), or without one to plain text. A missing file fails the build.
 */
export function linkOutside({ core }: MarkdownRenderer, repository: string | undefined): void {
  core.ruler.push('outside', ({ tokens, env }) => {
    const page = (env as { path?: string }).path;
    if (page === undefined) return;
    for (const inline of tokens) {
      for (const token of inline.children ?? []) {
        const href = token.type === 'link_open' ? token.attrGet('href') : null;
        if (href === null) continue;
        const file = outside(page, href);
        if (file === null) token.attrSet('href', href.replace(README, '$1index.md'));
        else if (repository === undefined) token.attrs = [];
        else token.attrSet('href', `${repository}/${file}`);
      }
    }
  });
}

/** The file's path in the repository; null for a page, another host, or an anchor of the same page. */
function outside(page: string, href: string): string | null {
  const path = href.split('#')[0] ?? '';
  if (path === '' || /^[a-z]+:/.test(path) || path.startsWith('/')) return null;
  const file = resolve(realpathSync(dirname(page)), path);
  if (path.endsWith('.md') && file.startsWith(`${DOCS}/`)) return null;
  if (!existsSync(file)) throw new Error(`site: ${page} links to ${href}, which does not exist`);
  return relative(ROOT, file);
}
