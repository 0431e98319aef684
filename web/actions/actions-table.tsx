import type { ActionAnswer } from '../../src/api/actions/action-answer.js';
import { Ago } from '../ui/ago.js';
import { place } from '../ui/place.js';
import { StateMark } from '../ui/state.js';

/** One row for each action. On narrow screens a row is a card. */
export function ActionsTable({ items, label }: { items: readonly ActionAnswer[]; label: string }) {
  return (
    <table class="rows" aria-label={label}>
      <thead>
        <tr>
          <th>State</th>
          <th>Deployment</th>
          <th>Project</th>
          <th>Git ref</th>
          <th>Action</th>
          <th>Status text</th>
          <th class="number">Attempts</th>
          <th>Created</th>
          <th>Changed</th>
        </tr>
      </thead>
      <tbody>
        {items.map((action) => (
          <Row key={action.id} {...action} />
        ))}
      </tbody>
    </table>
  );
}

function Row(action: ActionAnswer) {
  const { id, state, reason, statusText, attempts, createdAt, updatedAt } = action;
  const text = statusText === 'ready' ? null : (statusText ?? reason);
  return (
    <tr>
      <td>
        <StateMark state={state} />
      </td>
      <td class="main">
        <a class="id" href={place.action(id)}>
          {action.deploymentId}
        </a>
      </td>
      <td data-label="Project" class="name">
        {action.project ?? '–'}
      </td>
      <td data-label="Git ref" class="ref">
        {action.gitRef ?? '–'}
      </td>
      <td data-label="Action" class="name">
        {action.action}
      </td>
      <td data-label="Status text" class={text === null ? 'text blank' : 'text'} title={text ?? undefined}>
        {text ?? '–'}
      </td>
      <td data-label="Attempts" class="number minor">
        {attempts}
      </td>
      <td data-label="Created" class="when minor">
        <Ago at={createdAt} />
      </td>
      <td data-label="Changed" class="when">
        <Ago at={updatedAt} />
      </td>
    </tr>
  );
}
