import type { Reason, State } from '../state-machine/action-state.js';
import type { StatusRecord } from './status-record.js';

/** The color scheme of a page. The headline has the same meaning. */
export type StatusTone = 'working' | 'good' | 'bad' | 'over';

export interface StatusContent {
  tone: StatusTone;
  headline: string;
  /** The progress text of the provisioner, or the reason of the failure. */
  text: string | null;
  /** What the user can do; null if nothing has to be done. */
  advice: string | null;
  /** True if the state does not change without a new event. */
  settled: boolean;
}

type ContentInput = Pick<StatusRecord, 'state' | 'outcome' | 'reason' | 'text'> &
  Partial<Pick<StatusRecord, 'skipped'>>;

/**
 * Returns the texts about an action. `name` is its display name, such as `Branch the database`. `restored`:
 * the deployment was restored after a deletion.
 */
export function statusContentOf(record: ContentInput, name: string, restored = false): StatusContent {
  const { state, text } = record;
  const of = (tone: StatusTone, headline: string, advice: string | null = null): StatusContent => ({
    tone,
    headline,
    text,
    advice,
    settled: SETTLED.includes(state),
  });
  switch (state) {
    case 'queued':
      return of('working', `${name}: queued`);
    case 'provisioning':
      return of('working', `${name}: in progress`);
    case 'reporting':
      return of('working', `${name}: done, reporting to Vercel`);
    case 'succeeded':
      return of(
        'good',
        `${name}: ${record.skipped === true ? 'nothing to do' : 'ready'}, the deployment continues`,
      );
    case 'failing':
    case 'failed':
      return of('bad', `${name}: ${endOf(record.reason)}`, adviceFor(record.reason));
    case 'canceling':
      return of('over', `${name}: canceled, its resources are being removed`);
    case 'canceled':
      return of('over', `${name}: canceled, its resources have been removed`);
    case 'releasing':
      return of('over', `${name}: no longer needed, its resources are being removed`);
    case 'released':
      if (restored) return of('bad', `${name}: the deployment was restored without its resources`, RESTORED);
      return of(
        'over',
        `${name}: no longer needed${record.skipped === true ? '' : ', its resources have been removed'}`,
      );
    default:
      return state satisfies never;
  }
}

const endOf = (reason: Reason | null): string =>
  reason === 'canceled-by-operator' ? 'canceled by the provider' : 'failed';

const SETTLED: readonly State[] = ['succeeded', 'failed', 'canceled', 'released'];

const REDEPLOY = 'Redeploy in Vercel; if it happens again, send the provider the reference below.';

const ADVICE: Record<Reason, string> = {
  deadline: `It was not ready within the time limit of Vercel. ${REDEPLOY}`,
  permanent: 'A retry alone will not help: fix the problem described above, then redeploy in Vercel.',
  'undeclared-action': 'Remove this action from the project’s connection in Vercel, then redeploy.',
  'unknown-resource': 'Disconnect the resource from the project in Vercel, connect it again, then redeploy.',
  'no-token': 'Reinstall the integration in Vercel, then redeploy.',
  'canceled-by-operator':
    'The provider canceled it on purpose, for the reason above. Redeploy in Vercel once that is resolved.',
  'deployment-settled':
    'The result came too late: Vercel had already finished this deployment. Redeploy in Vercel.',
  'deployment-not-found':
    'Vercel does not show this deployment to the provider. Reinstall the integration in Vercel, then ' +
    'redeploy.',
  misbehaved: 'This is a fault on the provider’s side: send the provider the reference below.',
  'not-served': 'Nothing was created for this deployment. Follow the advice above.',
  refused: `It was ready, but Vercel rejected the result. ${REDEPLOY}`,
  'deployment-gone': 'Vercel says that this deployment no longer exists.',
  'deployment-failed': 'This deployment failed or was canceled in Vercel. Redeploy to create it again.',
  'installation-removed': 'The integration was removed from this team in Vercel: install it again.',
  retained: 'Its retention period has ended. Redeploy in Vercel to create it again.',
};

const RESTORED =
  'Its resources were removed when the deployment was deleted, and a restore does not create them again. ' +
  'Redeploy in Vercel.';

function adviceFor(reason: Reason | null): string {
  return reason === null ? REDEPLOY : ADVICE[reason];
}
