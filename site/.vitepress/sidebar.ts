import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DefaultTheme } from 'vitepress';
import { DOCS } from './outside';

type Item = DefaultTheme.SidebarItem;

/** Pages by reader; a name that ends in `/` is a folder with all its pages. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Getting started': ['README', 'connecting-vercel', 'architecture', 'glossary', 'state-machine'],
  Operators: ['console', 'cli', 'api', 'problems', 'runbooks/'],
  'Plugin teams': ['writing-a-provisioner', 'provisioners/'],
  'Platform engineers': [
    'kubernetes',
    'configuration',
    'operations',
    'monitoring',
    'metrics',
    'logs',
    'tracing',
    'performance',
  ],
  Maintainers: ['decisions/'],
};

/** Fails the build for a page in `docs` that no group names, because no reader would find it. */
export function sidebar(): Item[] {
  const named = Object.values(GROUPS).flat();
  const lost = entries('').filter((name) => !named.includes(name));
  if (lost.length > 0) throw new Error(`site: add these pages to GROUPS in sidebar.ts: ${lost.join(', ')}`);
  return Object.entries(GROUPS).map(([text, names]) => ({ text, items: names.map(item) }));
}

function item(name: string): Item {
  if (!name.endsWith('/')) return { text: titleOf(name), link: linkOf(name) };
  const pages = entries(name).filter((page) => page !== 'README');
  const items = pages.map((page) => ({ text: titleOf(`${name}${page}`), link: linkOf(`${name}${page}`) }));
  const hasIndex = pages.length < entries(name).length;
  if (!hasIndex) return { text: capitalised(name.slice(0, -1)), collapsed: true, items };
  return { text: titleOf(`${name}README`), link: `/${name}`, collapsed: true, items };
}

/** Names of pages without `.md`, and of folders with pages, ending in `/`. */
function entries(folder: string): string[] {
  const found = readdirSync(join(DOCS, folder), { withFileTypes: true });
  return found.flatMap((entry) => {
    if (entry.name.endsWith('.md')) return [entry.name.slice(0, -3)];
    return entry.isDirectory() && entries(`${folder}${entry.name}`).length > 0 ? [`${entry.name}/`] : [];
  });
}

function titleOf(name: string): string {
  const heading = /^# (.+)$/m.exec(readFileSync(join(DOCS, `${name}.md`), 'utf8'))?.[1];
  if (heading === undefined) throw new Error(`site: docs/${name}.md has no heading`);
  return heading.replaceAll('`', '');
}

const linkOf = (name: string): string => (name === 'README' ? '/' : `/${name}`);
const capitalised = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
