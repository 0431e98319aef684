import type { Span } from '@opentelemetry/api';
import { ATTR } from './attributes.js';
import { fail, inSpan } from './span.js';

interface Called {
  readonly provisioner: string;
  readonly verb: 'provision' | 'deprovision';
  readonly key: string;
  readonly actionId: string;
}

type Result =
  | { kind: 'answered'; answer: { status: string } }
  | { kind: 'permanent' | 'broke' | 'threw'; message: string }
  | { kind: 'aborted' };

const RESULTS = { permanent: 'permanent', broke: 'misbehaved', threw: 'error' } as const;

/** Runs a call of a plugin in a span. Spans of the plugin become its children. */
export function inPluginSpan<R extends Result>(called: Called, call: () => Promise<R>): Promise<R> {
  const { provisioner, verb, key, actionId } = called;
  const attributes = {
    [ATTR.provisioner]: provisioner,
    [ATTR.verb]: verb,
    [ATTR.allocation]: key,
    [ATTR.action]: actionId,
  };
  return inSpan(`${verb} ${provisioner}`, { attributes }, async (span) => {
    const result = await call();
    describe(span, result);
    return result;
  });
}

/**
 * Records the result. Messages of plugins are already sanitized. An abort is not an error because Drawbridge
 * requested it.
 */
function describe(span: Span, result: Result): void {
  switch (result.kind) {
    case 'answered':
      return void span.setAttribute(ATTR.result, result.answer.status);
    case 'aborted':
      return void span.setAttribute(ATTR.result, 'aborted');
    default:
      span.setAttribute(ATTR.result, RESULTS[result.kind]);
      return fail(span, RESULTS[result.kind], result.message);
  }
}
