/** The status page's script, for browsers. A text of the program, so that no build has to carry files along. */
export const SCRIPT = `// Looks again and again while somebody looks at it, and shows times as the reader's clock has them.
const UNDER_WAY_MS = 2_000;
const SETTLED_MS = 15_000; // what failed may be tried again, what succeeded may go

function localTimes(main) {
  for (const time of main.querySelectorAll('time')) {
    const at = new Date(time.dateTime);
    time.textContent = at.toLocaleTimeString();
    time.title = at.toLocaleString();
  }
  return main;
}

async function read() {
  try {
    const answer = await fetch(location.href, { cache: 'no-store' });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null; // the network or the server is away for a moment: what is shown stays, and the next look comes
  }
}

async function look() {
  const text = await read();
  if (text === null) return null;
  const page = new DOMParser().parseFromString(text, 'text/html');
  const main = page.querySelector('main');
  return main === null ? null : { title: page.title, main: localTimes(main) };
}

function show({ title, main }) {
  const shown = document.querySelector('main');
  document.title = title;
  if (shown.outerHTML === main.outerHTML) return;
  // The heading stays the same element where it can: whoever listens is then told of its change, and not of the page.
  const [heading, next] = [shown.querySelector('h1'), main.querySelector('h1')];
  if (heading.textContent !== next.textContent) heading.textContent = next.textContent;
  next.replaceWith(heading);
  shown.replaceWith(main);
}

async function follow() {
  for (;;) {
    const settled = document.querySelector('main').dataset.settled === 'true';
    await new Promise((resolve) => setTimeout(resolve, settled ? SETTLED_MS : UNDER_WAY_MS));
    if (document.hidden) continue;
    const seen = await look();
    if (seen !== null) show(seen);
  }
}

localTimes(document.querySelector('main'));
void follow();
`;
