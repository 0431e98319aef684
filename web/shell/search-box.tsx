import { useLocation } from 'preact-iso';
import { useEffect, useRef } from 'preact/hooks';
import { place, withQuery } from '../ui/place.js';

/** Searches by any id or git ref. The key `/` moves the focus here. */
export function SearchBox() {
  const { route, query } = useLocation();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  const submit = (event: Event): void => {
    event.preventDefault();
    const q = input.current?.value.trim() ?? '';
    if (q !== '') route(withQuery(place.search, { q }));
  };
  return (
    <form role="search" class="search" onSubmit={submit}>
      <input
        ref={input}
        type="search"
        aria-label="Search by any id or git ref"
        aria-keyshortcuts="/"
        placeholder="Any id or git ref"
        autocomplete="off"
        spellcheck={false}
        defaultValue={query['q'] ?? ''}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'))
  );
}
