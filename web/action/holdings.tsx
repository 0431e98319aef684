import type { ActionDetail } from '../../src/api/actions/action-answer.js';
import { place } from '../ui/place.js';
import { StateMark } from '../ui/state.js';

type Holding = NonNullable<ActionDetail['allocation']>;

/** What there is outside because of this action, and who else needs it. */
export function Holdings({ action: { id, allocation } }: { action: ActionDetail }) {
  return (
    <section aria-labelledby="holdings">
      <h2 id="holdings">What it holds outside</h2>
      {allocation === null ? (
        <p class="hint">Nothing: it never had an allocation.</p>
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
        {holds ? 'It holds ' : 'Nothing now; last it held '}
        <a class="id" href={place.allocation(allocation.key)}>
          {allocation.key}
        </a>{' '}
        <StateMark state={allocation.state} />
      </p>
      <p class="hint">{others.length === 0 ? 'No other action holds it.' : 'Held as well by'}</p>
      <HolderList holders={others} />
    </>
  );
}

/** The actions behind these ids. */
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
