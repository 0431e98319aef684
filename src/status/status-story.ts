import type { Reason, State } from '../state-machine/action-state.js';
import type { StatusRecord } from './status-record.js';

/** How a page looks at a glance; each has a word of its own as well. */
export type Mood = 'working' | 'good' | 'bad' | 'over';

export interface Story {
  mood: Mood;
  headline: string;
  /** What the provisioner says, or why it failed. */
  text: string | null;
  /** What whoever deploys can do; null: nothing has to be done. */
  advice: string | null;
  /** Nothing changes by itself any more. */
  settled: boolean;
}

type Told = Pick<StatusRecord, 'state' | 'outcome' | 'reason' | 'text'> &
  Partial<Pick<StatusRecord, 'skipped'>>;

/**
 * What is to be told about an action. `name` is what people call it, such as `Branch the database`; `restored`: its deployment was
 * restored after a deletion.
 */
export function storyOf(record: Told, name: string, restored = false): Story {
  const { state, text } = record;
  const of = (mood: Mood, headline: string, advice: string | null = null): Story => ({
    mood,
    headline,
    text,
    advice,
    settled: SETTLED.includes(state),
  });
  switch (state) {
    case 'queued':
      return of('working', `${name}: waiting for its turn`);
    case 'provisioning':
      return of('working', `${name}: under way`);
    case 'reporting':
      return of('working', `${name}: done, telling Vercel`);
    case 'succeeded':
      return of(
        'good',
        `${name}: ${record.skipped === true ? 'nothing to do' : 'ready'}, the deployment goes on`,
      );
    case 'failing':
    case 'failed':
      return of('bad', `${name}: ${endOf(record.reason)}`, adviceFor(record.reason));
    case 'canceling':
      return of('over', `${name}: canceled, what was prepared is being taken away`);
    case 'canceled':
      return of('over', `${name}: canceled, nothing of it is left`);
    case 'releasing':
      return of('over', `${name}: no longer needed, it is being taken away`);
    case 'released':
      if (restored) return of('bad', `${name}: the deployment was restored and has nothing`, RESTORED);
      return of('over', `${name}: no longer needed${record.skipped === true ? '' : ', it was taken away'}`);
    default:
      return state satisfies never;
  }
}

const endOf = (reason: Reason | null): string =>
  reason === 'canceled-by-operator' ? 'canceled by the provider' : 'failed';

const SETTLED: readonly State[] = ['succeeded', 'failed', 'canceled', 'released'];

const REDEPLOY = 'Redeploy in Vercel; if it happens again, send the provider the reference below.';

const ADVICE: Record<Reason, string> = {
  deadline: `It was not ready in the time that Vercel gives. ${REDEPLOY}`,
  permanent: 'Trying again alone will not help: put right what is said above, then redeploy in Vercel.',
  'undeclared-action': 'Remove this action from the project’s connection in Vercel, then redeploy.',
  'unknown-resource': 'Disconnect the resource from the project in Vercel, connect it again, then redeploy.',
  'no-token': 'Reinstall the integration in Vercel, then redeploy.',
  'canceled-by-operator':
    'The provider canceled it on purpose, for the reason above. Redeploy in Vercel once that is resolved.',
  'deployment-settled':
    'It came too late: Vercel had already decided about this deployment. Redeploy in Vercel.',
  'deployment-not-found':
    'Vercel does not show this deployment to the provider. Reinstall the integration in Vercel, then redeploy.',
  misbehaved: 'This is a fault on the provider’s side: send the provider the reference below.',
  'not-served': 'Nothing was made for this deployment. Follow what is said above.',
  refused: `It was ready, but Vercel did not take the result. ${REDEPLOY}`,
  'deployment-gone': 'Vercel says that this deployment no longer exists.',
  'deployment-failed': 'This deployment failed or was canceled in Vercel. Redeploy to have it made again.',
  'installation-removed': 'The integration was removed from this team in Vercel: install it again.',
  retained: 'It was kept for as long as the provider keeps it. Redeploy in Vercel to have it made again.',
};

const RESTORED =
  'What was made for it was removed when the deployment was deleted, and a restore does not make it again. Redeploy in Vercel.';

function adviceFor(reason: Reason | null): string {
  return reason === null ? REDEPLOY : ADVICE[reason];
}
