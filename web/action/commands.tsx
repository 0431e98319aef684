import { useState } from 'preact/hooks';
import type { OperatorCommand } from '../../src/state-machine/operator-commands.js';
import type { ActionAnswer, ActionDetail, CommandAnswer } from '../../src/api/actions/action-answer.js';
import { post } from '../api/client.js';
import { mayCommand, me } from '../session/session.js';
import { WithCode } from '../ui/with-code.js';
import { CommandTarget } from './command-target.js';
import { ReasonDialog } from './reason-dialog.js';

interface CommandText {
  /** The label of the button on the page. */
  name: string;
  /** The label of the button in the dialog. */
  confirm: string;
  does: string;
  /** True if the command ends something that a customer uses or waits for. */
  destroys: boolean;
}

const TEXTS: Record<OperatorCommand, CommandText> = {
  retry: {
    name: 'Retry',
    confirm: 'Retry',
    does: 'Queues the action again. Its deadline does not change, because Vercel does not wait longer.',
    destroys: false,
  },
  release: {
    name: 'Release',
    confirm: 'Release the allocation',
    does:
      'Ends the hold of this action. If no other action holds the allocation, Drawbridge removes it, and a ' +
      'deployment that uses it stops working.',
    destroys: true,
  },
  cancel: {
    name: 'Cancel action',
    confirm: 'Cancel the deployment’s action',
    does:
      'Aborts the work in progress and removes what was made. The deployment fails at once. This cannot be ' +
      'undone.',
    destroys: true,
  },
};

/** Buttons for the operator commands. Each command requires a reason. */
export function Commands({ action, changed }: { action: ActionDetail; changed: () => void }) {
  const [asked, setAsked] = useState<OperatorCommand | null>(null);
  const send = async (command: OperatorCommand, reason: string): Promise<void> => {
    await post<ActionAnswer>(`/actions/${action.id}/${command}`, { reason });
    changed();
  };
  if (!mayCommand.value)
    return <p class="hint commands">Commands require the role operator. Your role is {me.value?.role}.</p>;
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
          send={(reason) => send(asked, reason)}
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
  const { name: label, does, destroys } = TEXTS[name];
  const kind = destroys ? 'danger' : 'main';
  return (
    <button
      type="button"
      class={allowed ? kind : ''}
      disabled={!allowed}
      title={why?.replaceAll('`', '') ?? does}
      aria-describedby={why !== null && name === 'retry' ? NO_RETRY : undefined}
      onClick={ask}
    >
      {label}
    </button>
  );
}

const NO_RETRY = 'no-retry';

/** Shows without hovering why a failed action cannot be retried. */
function NoRetry({ action: { state, commands } }: { action: ActionDetail }) {
  const why = commands.find(({ name }) => name === 'retry')?.why ?? null;
  if (state !== 'failed' || why === null) return null;
  return (
    <p class="hint" id={NO_RETRY}>
      No retry: <WithCode text={why} />
    </p>
  );
}

interface QuestionProps {
  action: ActionDetail;
  command: OperatorCommand;
  send: (reason: string) => Promise<void>;
  close: () => void;
}

function Question({ action, command, send, close }: QuestionProps) {
  const { confirm, does, destroys } = TEXTS[command];
  const preview = (reason: string): string =>
    `The customer sees: “canceled by the provider: ${reason === '' ? '…' : reason}”`;
  return (
    <ReasonDialog
      title={`${confirm}?`}
      does={does}
      about={<CommandTarget action={action} />}
      confirm={confirm}
      destroys={destroys}
      {...(command === 'cancel' && { preview })}
      send={send}
      close={close}
    />
  );
}
