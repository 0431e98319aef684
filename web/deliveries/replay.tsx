import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { ReasonDialog } from '../action/reason-dialog.js';
import { post } from '../api/client.js';
import { mayCommand, me } from '../session/session.js';
import { place } from '../ui/place.js';

/** Runs the same event again, and goes to the delivery that this makes. */
export function Replay({ id, changed }: { id: string; changed: () => void }) {
  const { route } = useLocation();
  const [asking, setAsking] = useState(false);
  if (!mayCommand.value)
    return <p class="hint commands">A replay takes the role operator; you are {me.value?.role}.</p>;
  const order = async (reason: string): Promise<void> => {
    const made = await post<{ delivery: string }>(`/deliveries/${id}/replay`, { reason });
    changed();
    route(place.delivery(made.delivery));
  };
  return (
    <div class="commands">
      <button type="button" class="main" onClick={() => setAsking(true)}>
        Replay
      </button>
      {asking && (
        <ReasonDialog
          title="Replay this delivery?"
          does="The same event runs again, as a delivery of its own that happens now. What its action’s state does not allow changes nothing."
          confirm="Replay"
          order={order}
          close={() => setAsking(false)}
        />
      )}
    </div>
  );
}
