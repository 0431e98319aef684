/** The style sheet of the status page. A constant, so that the build needs no extra files. */
export const STYLE = `:root {
  color-scheme: light dark;
  --line: light-dark(#d9dce3, #363c47);
  --quiet: light-dark(#57606a, #9aa4b2);
  --tone: light-dark(#1257c4, #6ea8fe);
}
body {
  max-width: 38rem;
  margin: 3rem auto;
  padding: 0 1rem;
  font:
    1rem/1.5 system-ui,
    sans-serif;
  color: light-dark(#1b1f24, #e6e9ef);
  background: light-dark(#fff, #14171c);
  overflow-wrap: anywhere;
}
main {
  border-top: 0.25rem solid var(--tone);
  padding-top: 1rem;
}
main.good {
  --tone: light-dark(#17703a, #5fd38d);
}
main.bad {
  --tone: light-dark(#b3261e, #ff8a80);
}
main.over {
  --tone: light-dark(#57606a, #9aa4b2);
}
h1 {
  margin: 0;
  font-size: 1.4rem;
  color: var(--tone);
}
.text {
  white-space: pre-wrap;
}
.advice {
  padding: 0.75rem 1rem;
  border: 1px solid var(--line);
  border-radius: 0.4rem;
}
.left,
time,
dt {
  color: var(--quiet);
}
time {
  font-variant-numeric: tabular-nums;
}
ol {
  margin: 1.5rem 0;
  padding: 0;
  list-style: none;
}
li {
  padding: 0.3rem 0;
  border-bottom: 1px solid var(--line);
}
li time {
  display: inline-block;
  min-width: 8rem;
}
dl {
  display: grid;
  grid-template-columns: max-content 1fr;
  gap: 0.2rem 1rem;
  font-size: 0.9rem;
}
dd {
  margin: 0;
}
`;
