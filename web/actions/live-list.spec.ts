import { describe, expect, it } from 'vitest';
import type { ActionAnswer, TransitionAnswer } from '../../src/api/actions/action-answer.js';
import { listOf, withFirstPage, withFresh, withOlder, withTransition } from './live-list.js';

const at = (second: number): string => `2026-01-31T12:00:${String(second).padStart(2, '0')}.000Z`;
const action = (id: string, over: Partial<ActionAnswer> = {}): ActionAnswer =>
  ({ id, state: 'queued', updatedAt: at(1), ...over }) as ActionAnswer;
const ids = (items: readonly ActionAnswer[]): string => items.map(({ id }) => id).join('');

const list = listOf({ items: [action('c'), action('b')], next: 'more' });

describe('a live list', () => {
  it('puts new rows on top while the operator is at the top', () => {
    expect(ids(withFirstPage(list, [action('d'), action('c')], false).items)).toBe('dcb');
  });

  it('keeps new rows back while the operator reads, and shows them on request', () => {
    const kept = withFirstPage(list, [action('e'), action('d'), action('c')], true);
    expect([ids(kept.items), ids(kept.fresh)]).toEqual(['cb', 'ed']);
    expect(ids(withFresh(kept).items)).toBe('edcb');
  });

  it('keeps a row in its place when it no longer matches the filter', () => {
    expect(ids(withFirstPage(list, [action('b')], false).items)).toBe('cb');
  });

  it('does not treat an older row as new', () => {
    expect(ids(withFirstPage(list, [action('b'), action('a')], false).items)).toBe('cb');
  });

  it('updates a row from a newer read, and from a transition before that', () => {
    const moved = withTransition(list, { actionId: 'b', to: 'provisioning', at: at(5) } as TransitionAnswer);
    expect(moved.items[1]).toMatchObject({ state: 'provisioning', updatedAt: at(5) });
    const stale = withFirstPage(moved, [action('c'), action('b', { updatedAt: at(3) })], false);
    expect(stale.items[1]?.state).toBe('provisioning');
    const read = withFirstPage(moved, [action('b', { state: 'succeeded', updatedAt: at(6) })], false);
    expect(read.items[1]?.state).toBe('succeeded');
  });

  it('appends older rows, each once', () => {
    const longer = withOlder(list, { items: [action('b'), action('a')], next: null });
    expect([ids(longer.items), longer.next]).toEqual(['cba', null]);
  });
});
