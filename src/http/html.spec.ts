import { describe, expect, it } from 'vitest';
import { html as template } from './html.js';

describe('html', () => {
  it('escapes values in content and in quoted attributes', () => {
    const evil = `"><script>alert('&')</script>`;
    const safe = '&quot;&gt;&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;';
    expect(template`<p title="${evil}">${evil}</p>`.toString()).toBe(`<p title="${safe}">${safe}</p>`);
  });

  it('keeps HTML unescaped, joins lists and renders null as nothing', () => {
    const items = ['a', '<b>'].map((item) => template`<li>${item}</li>`);
    const list = template`<ol>${items}</ol>${null}${7}`;
    expect(list.toString()).toBe('<ol><li>a</li><li>&lt;b&gt;</li></ol>7');
  });

  it('keeps values that look like an escape or a replacement pattern', () => {
    expect(template`a${'\\n$&${x}'}`.toString()).toBe('a\\n$&amp;${x}');
  });
});
