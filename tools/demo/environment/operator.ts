import type { ActionAnswer, ActionDetail, TransitionAnswer } from '../../../src/api/actions/action-answer.js';
import type { Page } from '../../../src/http/paging/page.js';
import type { FeedPage } from '../../../src/api/transitions/transition.controller.js';

/** A client of Drawbridge's API. Each method rejects unless the answer is a success. */
export class DemoOperator {
  constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  /** Returns all actions, or those of one deployment. */
  async actions(deployment?: string): Promise<ActionAnswer[]> {
    const filter = deployment === undefined ? '' : `&deployment=${encodeURIComponent(deployment)}`;
    const found: ActionAnswer[] = [];
    for (let cursor = ''; ;) {
      const page = await this.get<Page<ActionAnswer>>(`/api/v1/actions?limit=200${filter}${cursor}`);
      found.push(...page.items);
      if (page.next === null) return found;
      cursor = `&cursor=${encodeURIComponent(page.next)}`;
    }
  }

  action(id: string): Promise<ActionDetail> {
    return this.get(`/api/v1/actions/${id}`);
  }

  /** Returns the audit after `cursor`, oldest first, and the next cursor. */
  async transitions(cursor: string): Promise<{ items: TransitionAnswer[]; cursor: string }> {
    const items: TransitionAnswer[] = [];
    for (let at = cursor; ;) {
      const page = await this.get<FeedPage>(`/api/v1/transitions?limit=200&cursor=${at}`);
      items.push(...page.items);
      at = page.cursor;
      if (page.next === null) return { items, cursor: at };
    }
  }

  async put(path: string, body: unknown): Promise<void> {
    await this.call(path, {
      method: 'PUT',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  }

  private async get<T>(path: string): Promise<T> {
    return (await (await this.call(path, {})).json()) as T;
  }

  private async call(
    path: string,
    init: { method?: string; body?: string; headers?: object },
  ): Promise<Response> {
    const { method = 'GET' } = init;
    const headers = { authorization: `Bearer ${this.token}`, ...init.headers };
    const answer = await fetch(`${this.url}${path}`, {
      ...init,
      headers,
      signal: AbortSignal.timeout(30_000),
    });
    if (answer.ok) return answer;
    throw new Error(`demo: ${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  }
}
