import type { ComponentChildren } from 'preact';
import type { ApiProblem } from '../api/problem.js';

/** What went wrong, said once to screen readers. */
export function ProblemNotice({ problem, retry }: { problem: ApiProblem; retry?: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <strong>{problem.title}.</strong> {problem.message}
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

/** Nothing is there, and that is no fault. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
