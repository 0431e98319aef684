import { renderMermaidSVG } from 'beautiful-mermaid';
import type { MarkdownRenderer } from 'vitepress';

// The page's own colours, so that a diagram follows light and dark mode.
const COLOURS = {
  bg: 'var(--vp-c-bg)',
  fg: 'var(--vp-c-text-1)',
  accent: 'var(--vp-c-brand-1)',
  transparent: true,
};
const FONT = /@import url\([^)]*\);?/g;

/** Draws ```mermaid blocks during the build, so that pages load no drawing library. */
export function drawDiagrams({ renderer }: MarkdownRenderer): void {
  const others = renderer.rules.fence;
  if (others === undefined) throw new Error('site: nothing draws code blocks');
  renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index];
    if (token?.info.trim() !== 'mermaid') return others(tokens, index, options, env, self);
    const drawn = renderMermaidSVG(token.content, COLOURS).replace(FONT, '');
    // Passed as a value, because Vue drops the drawing's style from a template.
    return `<figure class="diagram" v-html="${escaped(JSON.stringify(drawn))}"></figure>\n`;
  };
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
