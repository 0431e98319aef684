import { renderMermaidSVG } from 'beautiful-mermaid';
import type { MarkdownRenderer } from 'vitepress';

// The page's own colours, so that a diagram follows light and dark without being drawn again.
const COLOURS = {
  bg: 'var(--vp-c-bg)',
  fg: 'var(--vp-c-text-1)',
  accent: 'var(--vp-c-brand-1)',
  transparent: true,
};
const FONT = /@import url\([^)]*\);?/g;

/** Draws ```mermaid blocks while the site is built: pages load no drawing library and nothing from another host. */
export function drawDiagrams({ renderer }: MarkdownRenderer): void {
  const others = renderer.rules.fence;
  if (others === undefined) throw new Error('site: nothing draws code blocks');
  renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index];
    if (token?.info.trim() !== 'mermaid') return others(tokens, index, options, env, self);
    const drawn = renderMermaidSVG(token.content, COLOURS).replace(FONT, '');
    // As a value: Vue drops the style that belongs to the drawing out of a template.
    return `<figure class="diagram" v-html="${escaped(JSON.stringify(drawn))}"></figure>\n`;
  };
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
