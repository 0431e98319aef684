import { useState } from 'preact/hooks';
import { ReasonDialog } from '../action/reason-dialog.js';
import { post } from '../api/client.js';
import { Ago } from '../ui/ago.js';
import type { InstallationRow } from './installations-page.js';

const WHY: Record<NonNullable<InstallationRow['doubt']>['reason'], string> = {
  'none-found': 'Vercel finds none of several deployments of this installation or of one of its projects.',
  'many-gone': 'Many deployments are missing at once.',
  transferred: 'This installation was transferred to another account.',
};

interface DoubtNoticeProps {
  installation: InstallationRow;
  changed: () => void;
}

/** Explains why missing deployments do not count as deleted, and lets an operator confirm the deletion. */
export function DoubtNotice({ installation: { id, doubt }, changed }: DoubtNoticeProps) {
  const [asked, setAsked] = useState(false);
  if (doubt === null) return null;
  const confirm = async (reason: string): Promise<void> => {
    await post<InstallationRow>(`/installations/${encodeURIComponent(id)}/confirm-deployments-gone`, {
      reason,
    });
    changed();
  };
  return (
    <div class="notice bad" role="status">
      <p>
        <strong>In doubt</strong> since <Ago at={doubt.since} />: {WHY[doubt.reason]} Deployments:{' '}
        {doubt.gone} missing, {doubt.found} found. Until the doubt ends, Drawbridge releases nothing for a
        missing deployment. The most likely cause is an access token of another team: store the right token,
        and Drawbridge continues by itself.
      </p>
      {doubt.confirmedBy === null ? (
        <button type="button" onClick={() => setAsked(true)}>
          Confirm that they are gone
        </button>
      ) : (
        <p>{doubt.confirmedBy} confirmed that they are gone. The next sweep asks Vercel once more.</p>
      )}
      {asked && (
        <ReasonDialog
          title="Confirm that the missing deployments are gone?"
          does="Drawbridge asks Vercel again, and releases the actions of deployments that are still missing."
          confirm="Confirm"
          send={confirm}
          close={() => setAsked(false)}
        />
      )}
    </div>
  );
}
