import { useState } from 'preact/hooks';
import type { OperatorCommand } from '../../src/state-machine/operator-commands.js';
import type { ActionAnswer, ActionDetail, CommandAnswer } from '../../src/api/actions/action-answer.js';
import { post } from '../api/client.js';
import { mayCommand, me } from '../session/session.js';
import { Concerned } from './concerned.js';
import { ReasonDialog } from './reason-dialog.js';

interface Words {
  /** On the button of the page. */
  name: string;
  /** On the button that does it. */
  confirm: string;
  does: string;
  /** It ends something that a customer uses or waits for. */
  destroys: boolean;
}

const WORDS: Record<OperatorCommand, Words> = {
  retry: {
    name: 'Retry',
    confirm: 'Retry',
    does: 'The action is queued again. Its deadline stays: Vercel waits no longer for a second try.',
    destroys: false,
  },
  release: {
    name: 'Release',
    confirm: 'Release what it holds',
    does:
      'The action gives up what it holds; the last holder has it removed. A deployment that uses it ' +
      'loses it.',
    destroys: true,
  },
  cancel: {
    name: 'Cancel action',
    confirm: 'Cancel the deployment’s action',
    does:
      'Work under way is aborted, and what was made is removed. The deployment fails at once, and this ' +
      'cannot be undone.',
    destroys: true,
  },
};

/** What an operator may have done with the action: each is possible at some times, and needs a reason. */
export function Commands({ action, changed }: { action: ActionDetail; changed: () => void }) {
  const [asked, setAsked] = useState<OperatorCommand | null>(null);
  const order = async (command: OperatorCommand, reason: string): Promise<void> => {
    await post<ActionAnswer>(`/actions/${action.id}/${command}`, { reason });
    changed();
  };
  if (!mayCommand.value)
    return <p class="hint commands">Commands take the role operator; you are {me.value?.role}.</p>;
  return (
    <div class="commands" role="group" aria-label="Commands">
      {action.commands.map((command) => (
        <CommandButton key={command.name} command={command} ask={() => setAsked(command.name)} />
      ))}
      <NoRetry action={action} />
      {asked && (
        <Question
          action={action}
          command={asked}
          order={(reason) => order(asked, reason)}
          close={() => setAsked(null)}
        />
      )}
    </div>
  );
}

function CommandButton({
  command: { name, allowed, why },
  ask,
}: {
  command: CommandAnswer;
  ask: () => void;
}) {
  const { name: label, does, destroys } = WORDS[name];
  const kind = destroys ? 'danger' : 'main';
  return (
    <button
      type="button"
      class={allowed ? kind : ''}
      disabled={!allowed}
      title={why ?? does}
      aria-describedby={why !== null && name === 'retry' ? NO_RETRY : undefined}
      onClick={ask}
    >
      {label}
    </button>
  );
}

const NO_RETRY = 'no-retry';

/** To be read without hovering: who looks at a failure looks for this button. */
function NoRetry({ action: { state, commands } }: { action: ActionDetail }) {
  const why = commands.find(({ name }) => name === 'retry')?.why ?? null;
  if (state !== 'failed' || why === null) return null;
  return (
    <p class="hint" id={NO_RETRY}>
      No retry: {why}
    </p>
  );
}

interface QuestionProps {
  action: ActionDetail;
  command: OperatorCommand;
  order: (reason: string) => Promise<void>;
  close: () => void;
}

function Question({ action, command, order, close }: QuestionProps) {
  const { confirm, does, destroys } = WORDS[command];
  const sees = (reason: string): string =>
    `The customer sees: “canceled by the provider: ${reason === '' ? '…' : reason}”`;
  return (
    <ReasonDialog
      title={`${confirm}?`}
      does={does}
      about={<Concerned action={action} />}
      confirm={confirm}
      destroys={destroys}
      {...(command === 'cancel' && { sees })}
      order={order}
      close={close}
    />
  );
}
