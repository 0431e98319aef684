import { describe, expect, it } from 'vitest';
import type { ActionDetail } from '../../../src/api/actions/action-answer.js';
import type { DeploymentView, Entry } from '../../../src/twin/twin.js';
import { checkDeployment, checkAudit, checkServer } from './checks.js';
import type { DeploymentObservation, ServerObservation } from './observations.js';
import type { Expectation } from '../deployments.js';

const START = 'deployment.integration.action.start';
const EXPECT: Expectation = { deployment: 'ready', action: 'succeeded', builds: ['a'], branchOf: ['a'] };
const PATH = [
  { event: 'start', from: 'none', to: 'queued' },
  { event: 'begin', from: 'queued', to: 'provisioning' },
  { event: 'ready', from: 'provisioning', to: 'reporting' },
  { event: 'accepted', from: 'reporting', to: 'succeeded' },
] as const;

const sent = { kind: 'webhook.sent', type: START, dropped: false } as Entry;
const arrived = { kind: 'webhook.result', type: START, outcome: 'delivered' } as Entry;

interface Over {
  name?: string;
  expect?: Partial<Expectation>;
  view?: Partial<DeploymentView>;
  action?: Partial<ActionDetail>;
  entries?: Entry[];
  built?: DeploymentObservation['built'];
  connection?: DeploymentObservation['connection'];
}

/** The observation of a successful deployment, with the changes in `over`. */
function observation(over: Over = {}): DeploymentObservation {
  const { name = 'a' } = over;
  const deliveries = [{ type: START, times: 1 }] as ActionDetail['deliveries'];
  const action = {
    state: 'succeeded',
    outcome: 'succeeded',
    allocationKey: 'db',
    transitions: PATH,
    deliveries,
  };
  const built = {
    database: 'db',
    role: 'db',
    users: 24,
    products: 6,
    orders: 90,
    bestSeller: 'rug',
    builds: [name],
  };
  const view = { state: 'ready', env: { PGDATABASE: 'db' }, actions: [{ status: 'succeeded', reports: [] }] };
  return {
    part: { name, shows: '', input: { project: 'p' }, expect: { ...EXPECT, ...over.expect } },
    view: { ...view, ...over.view } as unknown as DeploymentView,
    entries: over.entries ?? [sent, arrived],
    actions: [{ ...action, ...over.action } as unknown as ActionDetail],
    built: over.built === undefined ? built : over.built,
    connection:
      over.connection === undefined
        ? { way: 'open', database: 'db', builds: [name], template: '42501' }
        : over.connection,
  };
}

const found = (over: Over, others: DeploymentObservation[] = []): string[] => {
  const one = observation(over);
  return checkDeployment(one, [one, ...others]).map(({ what }) => what);
};

const violation = { kind: 'violation', message: 'said both' } as Entry;
const limited = { kind: 'api', fault: 'status429', status: 429 } as Entry;
const open = { way: 'open', database: 'db', builds: ['a'] } as const;

describe('the checks of a deployment', () => {
  it('find no difference for a success', () => expect(found({})).toEqual([]));

  it.each<[string, Over]>([
    ['the deployment', { view: { state: 'error' } }],
    ["Drawbridge's action", { action: { state: 'failed' } }],
    ['the builds in its database', { built: null }],
    ['the deployments with its database', { connection: null }],
    ['the access to its database', { connection: { way: 'closed', code: '28P01' } }],
    ["the template for its branch's role", { connection: { ...open, template: 'open' } }],
    ['its database, PGDATABASE and allocation key', { action: { allocationKey: 'another' } }],
    ['the number of its start webhooks', { entries: [sent] }],
    ['the number of its recorded start webhooks', { action: { deliveries: [] } }],
    ['the order of its webhooks', { expect: { order: ['cancel', 'start'] } }],
    ['contradictory reports to Vercel', { entries: [sent, arrived, violation] }],
    ["refusals of Vercel's API", { entries: [sent, arrived, limited] }],
    ['a status text', { expect: { says: 'no room' } }],
    ['the outcome that Vercel accepted', { action: { outcome: 'failed' } }],
    ['the audit', { action: { transitions: [] } }],
  ])('find a difference in %s', (what, over) => expect(found(over)).toEqual([what]));

  it('find missing rows', () => {
    const built = { ...(observation().built as NonNullable<DeploymentObservation['built']>), orders: 89 };
    expect(found({ built })).toEqual(["the template's rows in its database"]);
  });

  it('find another deployment with the same database', () => {
    expect(found({}, [observation({ name: 'b' })])).toEqual(['the deployments with its database']);
    expect(found({ expect: { branchOf: ['a', 'b'] } }, [observation({ name: 'b' })])).toEqual([]);
  });

  it('find a working connection to a removed branch', () => {
    const gone = { expect: { branchOf: [] } };
    expect(found({ ...gone, connection: { way: 'closed', code: '28P01' } })).toEqual([]);
    expect(found(gone)).toEqual(['the deployments with its database']);
    expect(found({ ...gone, connection: { way: 'closed', code: 'ECONNREFUSED' } })).toEqual([
      'the access to its database',
    ]);
  });
});

describe('the check of an audit', () => {
  it('finds a transition that the table does not have', () => {
    const illegal = { event: 'accepted', from: 'queued', to: 'succeeded' } as const;
    expect(checkAudit([PATH[0], illegal])).toEqual([
      { what: 'the audit', expected: 'queued → no accepted from queued', seen: 'queued → succeeded' },
    ]);
  });

  it('finds a missing transition', () => expect(checkAudit([PATH[0], PATH[2]])).toHaveLength(1));
});

describe('the check of the server', () => {
  const rows = { users: 24, products: 6, orders: 90 };
  const server: ServerObservation = {
    databases: ['x'],
    roles: ['x'],
    keys: ['x'],
    templates: { shop: rows },
  };

  it('finds no difference when PostgreSQL and Drawbridge agree', () =>
    expect(checkServer(server)).toEqual([]));

  it.each<[string, Partial<ServerObservation>, unknown]>([
    ['a leaked database', { databases: ['x', 'leaked'] }, ['leaked']],
    ['a leaked role', { roles: ['x', 'leaked'] }, ['leaked']],
    ['a missing database', { databases: [] }, ['x']],
    ['a missing role', { roles: [] }, ['x']],
    ['a table in a template', { templates: { shop: { ...rows, built: 1 } } }, { ...rows, built: 1 }],
    ['a missing row in a template', { templates: { shop: { ...rows, users: 23 } } }, { ...rows, users: 23 }],
  ])('finds %s', (_, over, seen) => {
    expect(checkServer({ ...server, ...over }).map((unexpected) => unexpected.seen)).toEqual([seen]);
  });
});
