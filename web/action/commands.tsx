import { useState } from 'preact/hooks';
import { COMMANDS, ORDERED_IN, type Command } from '../../src/action/action.orders.js';
import type { ActionAnswer, ActionDetail } from '../../src/operator/action.answer.js';
import { post } from '../api/client.js';
import { mayCommand, me } from '../session/session.js';
import { ReasonDialog } from './reason.dialog.js';

const WORDS: Record<Command, { name: string; does: string }> = {
  retry: { name: 'Retry', does: 'It is queued again, with a new deadline.' },
  release: { name: 'Release', does: 'It lets go of what it holds; the last holder has it taken away.' },
  cancel: { name: 'Cancel', does: 'What is under way is aborted, and what was made is taken away.' },
};

/** What an operator may have done with the action: each is possible in some states, and needs a reason. */
export function Commands({ action, changed }: { action: ActionDetail; changed: () => void }) {
  const [asked, setAsked] = useState<Command | null>(null);
  const order = async (command: Command, reason: string): Promise<void> => {
    await post<ActionAnswer>(`/actions/${action.id}/${command}`, { reason });
    changed();
  };
  if (!mayCommand.value)
    return <p class="hint commands">Commands take the role operator; you are {me.value?.role}.</p>;
  return (
    <div class="commands" role="group" aria-label="Commands">
      {COMMANDS.map((command) => (
        <CommandButton key={command} command={command} action={action} ask={() => setAsked(command)} />
      ))}
      {asked && (
        <ReasonDialog
          title={`${WORDS[asked].name} this action?`}
          does={WORDS[asked].does}
          confirm={WORDS[asked].name}
          order={(reason) => order(asked, reason)}
          close={() => setAsked(null)}
        />
      )}
    </div>
  );
}

interface CommandButtonProps {
  command: Command;
  action: ActionDetail;
  ask: () => void;
}

function CommandButton({ command, action, ask }: CommandButtonProps) {
  const allowed = ORDERED_IN[command];
  const possible = allowed.includes(action.state);
  const why = possible ? WORDS[command].does : `possible when it is ${allowed.join(', ')}`;
  return (
    <button type="button" class={possible ? 'main' : ''} disabled={!possible} title={why} onClick={ask}>
      {WORDS[command].name}
    </button>
  );
}
