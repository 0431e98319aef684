import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { ApiProblem } from '../api/problem.js';

const AGAIN_MS = 3_000;

/** Shows a problem, and announces it to screen readers. Retries a temporary one while the page is visible. */
export function ProblemNotice({ problem, retry }: { problem: ApiProblem; retry?: () => void }) {
  const again = problem.passes ? retry : undefined;
  useEffect(() => {
    if (again === undefined) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && again(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [problem]);
  return (
    <div class="notice bad" role="alert">
      <strong>{problem.title}.</strong> {problem.message}
      {again && ' This page retries automatically.'}
      {retry && (
        <button type="button" class="quiet" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" aria-busy="true">
      Loading {what}…
    </p>
  );
}

/** An empty list, which is not an error. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
