import { place, withQuery } from '../ui/place.js';

/** One request to the API about the search text. */
export interface SearchLookup {
  /** The name of the kind, for people: `Deployment`. */
  readonly what: string;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly kind: 'action' | 'actions' | 'delivery' | 'deliveries' | 'allocation' | 'allocations';
  /** The page that lists all results; null if there can be only one. */
  readonly all: string | null;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const KEY = /^[a-z0-9-]{1,63}$/;
const FEW = '5';

const ACTIONS_BY = {
  deployment: 'Deployment',
  gitRef: 'Git ref',
  installation: 'Installation',
  resource: 'Resource',
  project: 'Project',
  action: 'Action (slug)',
} as const;

/** Returns a lookup for every kind of id that `text` can be. */
export function lookupsFor(text: string): SearchLookup[] {
  const id = encodeURIComponent(text);
  const single: SearchLookup[] = [];
  if (UUID.test(text)) {
    single.push({ what: 'Action', path: `/actions/${id}`, kind: 'action', all: null });
    single.push({ what: 'Delivery', path: `/deliveries/${id}`, kind: 'delivery', all: null });
  }
  if (KEY.test(text))
    single.push({ what: 'Allocation', path: `/allocations/${id}`, kind: 'allocation', all: null });
  const lists = Object.entries(ACTIONS_BY).map(([name, what]): SearchLookup => ({
    what,
    path: withQuery('/actions', { [name]: text, limit: FEW }),
    kind: 'actions',
    all: withQuery(place.actions, { [name]: text }),
  }));
  const event: SearchLookup = {
    what: 'Event',
    path: withQuery('/deliveries', { event: text, limit: FEW }),
    kind: 'deliveries',
    all: null,
  };
  return [...single, ...lists, event];
}
