/** The script of the status page. A constant, so that the build needs no extra files. */
export const SCRIPT = `// Refreshes the page while it is visible, and shows local times.
const UNDER_WAY_MS = 2_000;
const SETTLED_MS = 15_000; // a finished action may still be retried or released

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
    return null; // temporary failure: the page stays and the next refresh retries
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
  // Keeps the heading element, so that screen readers announce only its change.
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
