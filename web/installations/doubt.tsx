import { useState } from 'preact/hooks';
import { ReasonDialog } from '../action/reason-dialog.js';
import { post } from '../api/client.js';
import { Ago } from '../ui/ago.js';
import type { InstallationRow } from './installations-page.js';

const WHY: Record<NonNullable<InstallationRow['doubt']>['reason'], string> = {
  'none-found': 'Vercel finds none of several deployments of this installation, or of one of its projects.',
  'many-gone': 'Vercel does not find many deployments at once.',
  transferred: 'This installation was transferred to another account.',
};

interface DoubtProps {
  installation: InstallationRow;
  changed: () => void;
}

/** Says that missing deployments are not believed to be gone, and lets an operator confirm that they are. */
export function Doubt({ installation: { id, doubt }, changed }: DoubtProps) {
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
        <strong>In doubt</strong> since <Ago at={doubt.since} />: {WHY[doubt.reason]} {doubt.gone} missing,{' '}
        {doubt.found} found. Nothing is released for a missing deployment. Most likely the access token is
        another team&apos;s: put the right one, and everything goes on.
      </p>
      {doubt.confirmedBy === null ? (
        <button type="button" onClick={() => setAsked(true)}>
          Confirm that they are gone
        </button>
      ) : (
        <p>Confirmed by {doubt.confirmedBy}; the next sweep asks Vercel once more.</p>
      )}
      {asked && (
        <ReasonDialog
          title="Confirm that the missing deployments are gone?"
          does="Vercel is asked once more; what is held for deployments that are still missing is removed."
          confirm="Confirm"
          order={confirm}
          close={() => setAsked(false)}
        />
      )}
    </div>
  );
}
