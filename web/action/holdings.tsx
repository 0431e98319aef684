import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { place } from '../ui/place.js';
import { StateMark } from '../ui/state.js';

type Holding = NonNullable<ActionDetail['allocation']>;

/** The allocation of an action, and the other actions that hold it. */
export function Holdings({ action: { id, allocation } }: { action: ActionDetail }) {
  return (
    <section aria-labelledby="holdings">
      <h2 id="holdings">Allocation</h2>
      {allocation === null ? (
        <p class="hint">This action never had an allocation.</p>
      ) : (
        <Held allocation={allocation} own={id} />
      )}
    </section>
  );
}

function Held({ allocation, own }: { allocation: Holding; own: string }) {
  const others = allocation.holders.filter((holder) => holder !== own);
  const holds = allocation.holders.includes(own);
  return (
    <>
      <p>
        {holds ? 'Holds ' : 'Released: '}
        <a class="id" href={place.allocation(allocation.key)}>
          {allocation.key}
        </a>{' '}
        <StateMark state={allocation.state} />
      </p>
      <p class="hint">{others.length === 0 ? 'No other action holds it.' : 'Also held by'}</p>
      <HolderList holders={others} />
    </>
  );
}

/** Links to the actions with these ids. */
export function HolderList({ holders }: { holders: readonly string[] }) {
  if (holders.length === 0) return null;
  return (
    <ul class="holders">
      {holders.map((holder) => (
        <li key={holder}>
          <a class="id" href={place.action(holder)}>
            {holder}
          </a>
        </li>
      ))}
    </ul>
  );
}
