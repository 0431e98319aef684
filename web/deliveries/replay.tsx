import { useLocation } from 'preact-iso';
import { useState } from 'preact/hooks';
import { ReasonDialog } from '../action/reason-dialog.js';
import { post } from '../api/client.js';
import { mayCommand, me } from '../session/session.js';
import { place } from '../ui/place.js';

const DOES =
  'Drawbridge processes the event again, as a new delivery. If the state of the action does not allow the ' +
  'event, nothing changes.';

/** Processes the event of a delivery again, and opens the new delivery. */
export function Replay({ id, changed }: { id: string; changed: () => void }) {
  const { route } = useLocation();
  const [asking, setAsking] = useState(false);
  if (!mayCommand.value)
    return <p class="hint commands">A replay requires the role operator. Your role is {me.value?.role}.</p>;
  const replay = async (reason: string): Promise<void> => {
    const replayed = await post<{ delivery: string }>(`/deliveries/${id}/replay`, { reason });
    changed();
    route(place.delivery(replayed.delivery));
  };
  return (
    <div class="commands">
      <button type="button" class="main" onClick={() => setAsking(true)}>
        Replay
      </button>
      {asking && (
        <ReasonDialog
          title="Replay this delivery?"
          does={DOES}
          confirm="Replay"
          send={replay}
          close={() => setAsking(false)}
        />
      )}
    </div>
  );
}
