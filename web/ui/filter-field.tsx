import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** Filters that are used less often. Open when one of them is set. */
export function MoreFilters({ open, children }: { open: boolean; children: ComponentChildren }) {
  return (
    <details open={open}>
      <summary>More filters</summary>
      <div class="fields">{children}</div>
    </details>
  );
}

interface FieldProps {
  label: string;
  value: string;
  placeholder?: string;
  change: (value: string) => void;
}

/** A text filter. It applies on Enter or when the field loses the focus. */
export function FilterField({ label, value, placeholder = '', change }: FieldProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const apply = (): void => {
    if (text.trim() !== value) change(text.trim());
  };
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        value={text}
        placeholder={placeholder}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onBlur={apply}
        onKeyDown={({ key }) => key === 'Enter' && apply()}
      />
    </label>
  );
}

interface ChoicesProps {
  legend: string;
  values: readonly string[];
  chosen: readonly string[];
  toggle: (value: string) => void;
}

/** A filter with a checkbox for each value. */
export function FilterChoices({ legend, values, chosen, toggle }: ChoicesProps) {
  return (
    <fieldset class="chips">
      <legend>{legend}</legend>
      {values.map((value) => (
        <label key={value} class={chosen.includes(value) ? 'chip on' : 'chip'}>
          <input type="checkbox" checked={chosen.includes(value)} onChange={() => toggle(value)} />
          {value}
        </label>
      ))}
    </fieldset>
  );
}
