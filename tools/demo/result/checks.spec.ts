import { describe, expect, it } from 'vitest';
import type { ActionDetail } from '../../../src/api/actions/action-answer.js';
import type { DeploymentView, Entry } from '../../../src/twin/twin.js';
import { checkDeployment, judgeAudit, checkServer } from './checks.js';
import type { DemoEvidence, ServerEvidence } from './evidence.js';
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
  built?: DemoEvidence['built'];
  visit?: DemoEvidence['visit'];
}

/** What a deployment leaves that went well, with what `over` says in its place. */
function evidence(over: Over = {}): DemoEvidence {
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
    visit:
      over.visit === undefined
        ? { way: 'open', database: 'db', builds: [name], template: '42501' }
        : over.visit,
  };
}

const found = (over: Over, others: DemoEvidence[] = []): string[] => {
  const mine = evidence(over);
  return checkDeployment(mine, [mine, ...others]).map(({ what }) => what);
};

const violation = { kind: 'violation', message: 'said both' } as Entry;
const limited = { kind: 'api', fault: 'status429', status: 429 } as Entry;
const open = { way: 'open', database: 'db', builds: ['a'] } as const;

describe('the checks of a deployment', () => {
  it('find nothing in one that went well', () => expect(found({})).toEqual([]));

  it.each<[string, Over]>([
    ['the deployment', { view: { state: 'error' } }],
    ["Drawbridge's action", { action: { state: 'failed' } }],
    ['the builds that ran on its database by then', { built: null }],
    ['who has its database', { visit: null }],
    ['the access to its database', { visit: { way: 'closed', code: '28P01' } }],
    ["the template for its branch's role", { visit: { ...open, template: 'open' } }],
    ['its database, PGDATABASE and allocation key', { action: { allocationKey: 'another' } }],
    ['how often its start webhook arrived', { entries: [sent] }],
    ['how often it is on record', { action: { deliveries: [] } }],
    ['the order of its webhooks', { expect: { order: ['cancel', 'start'] } }],
    ['contradictory reports to Vercel', { entries: [sent, arrived, violation] }],
    ["refusals of Vercel's API", { entries: [sent, arrived, limited] }],
    ['a text', { expect: { says: 'no room' } }],
    ['the outcome that Vercel accepted', { action: { outcome: 'failed' } }],
    ['the audit', { action: { transitions: [] } }],
  ])('find when this is wrong: %s', (what, over) => expect(found(over)).toEqual([what]));

  it('find rows that its database lacks', () => {
    const built = { ...(evidence().built as NonNullable<DemoEvidence['built']>), orders: 89 };
    expect(found({ built })).toEqual(["the template's rows on its database"]);
  });

  it('find that somebody else has its database', () => {
    expect(found({}, [evidence({ name: 'b' })])).toEqual(['who has its database']);
    expect(found({ expect: { branchOf: ['a', 'b'] } }, [evidence({ name: 'b' })])).toEqual([]);
  });

  it('find that a way in is left after the branch should be gone', () => {
    const gone = { expect: { branchOf: [] } };
    expect(found({ ...gone, visit: { way: 'closed', code: '28P01' } })).toEqual([]);
    expect(found(gone)).toEqual(['who has its database']);
    expect(found({ ...gone, visit: { way: 'closed', code: 'ECONNREFUSED' } })).toEqual([
      'the access to its database',
    ]);
  });
});

describe('the check of an audit', () => {
  it('finds a step that the table does not have', () => {
    const illegal = { event: 'accepted', from: 'queued', to: 'succeeded' } as const;
    expect(judgeAudit([PATH[0], illegal])).toEqual([
      { what: 'the audit', expected: 'queued → no accepted from queued', seen: 'queued → succeeded' },
    ]);
  });

  it('finds a step that is missing', () => expect(judgeAudit([PATH[0], PATH[2]])).toHaveLength(1));
});

describe('the check of what is left', () => {
  const rows = { users: 24, products: 6, orders: 90 };
  const server: ServerEvidence = { databases: ['x'], roles: ['x'], keys: ['x'], templates: { shop: rows } };

  it('finds nothing when PostgreSQL and Drawbridge agree', () => expect(checkServer(server)).toEqual([]));

  it.each<[string, Partial<ServerEvidence>, unknown]>([
    ['a database', { databases: ['x', 'leaked'] }, ['leaked']],
    ['a role', { roles: ['x', 'leaked'] }, ['leaked']],
    ['a database that is missing', { databases: [] }, ['x']],
    ['a role that is missing', { roles: [] }, ['x']],
    ['a table in a template', { templates: { shop: { ...rows, built: 1 } } }, { ...rows, built: 1 }],
    ['a row less in a template', { templates: { shop: { ...rows, users: 23 } } }, { ...rows, users: 23 }],
  ])('finds %s', (_, over, seen) => {
    expect(checkServer({ ...server, ...over }).map((unexpected) => unexpected.seen)).toEqual([seen]);
  });
});
