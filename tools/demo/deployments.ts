import type { State } from '../../src/state-machine/action-state.js';
import type { DeploymentState } from '../../src/twin/deployment/deployment.js';
import type { DeploymentInput } from '../../src/twin/twin.js';

export const INSTALLATION = 'icfg_demo';
/** Databases that branches are copied from. */
export const TEMPLATES = { shop: 'shop_template', reports: 'reports_template' } as const;
/** The name of a database that does not exist. */
export const MISSING_TEMPLATE = 'archive_template';

/** The customer's resources: their ids with their settings. */
export const RESOURCES: Readonly<Record<string, Record<string, unknown>>> = {
  'shop-db': {},
  'reports-db': { actions: { branch: { template: TEMPLATES.reports } } },
  'archive-db': { actions: { branch: { template: MISSING_TEMPLATE } } },
};

/** One deployment: its input, what then happens to it, and its expected end. */
export interface DemoDeployment {
  readonly name: string;
  /** What the deployment shows, in half a line. */
  readonly shows: string;
  readonly input: DeploymentInput;
  /** The name of the deployment that must be ready first. */
  readonly after?: string;
  readonly followUp?: 'cancel-at-once' | 'cancel-while-waiting' | 'delete-when-ready';
  readonly expect: Expectation;
}

export interface Expectation {
  readonly deployment: DeploymentState;
  /** The last state of its action. */
  readonly action: State;
  /**
   * The builds that ran in its database, its own included; null when its build had no database or did not
   * run.
   */
  readonly builds: readonly string[] | null;
  /** The deployments that have the same database at the end, itself included; empty when it has none. */
  readonly branchOf: readonly string[];
  /** A part of the status text at Vercel. */
  readonly says?: string;
  /** How often the start webhook arrives. */
  readonly starts?: number;
  /** The order in which its webhooks arrive. */
  readonly order?: readonly ('start' | 'cancel' | 'cleanup')[];
  /** The error statuses that Vercel's API answers on purpose before it accepts a report. */
  readonly refusals?: readonly number[];
}

/** A template is busy until this deployment has ended. */
export const BUSY_UNTIL = 'report-1';

const on = (
  resourceId: string,
  action = 'branch',
  required = true,
): Pick<DeploymentInput, 'connections'> => ({
  connections: [{ installationId: INSTALLATION, resourceId, actions: [action], required }],
});

const ready = (name: string, ...others: string[]): Expectation => ({
  deployment: 'ready',
  action: 'succeeded',
  builds: [...others, name],
  branchOf: [...others, name],
});

const nothingLeft = { builds: null, branchOf: [] } as const;

export const DEPLOYMENTS: readonly DemoDeployment[] = [
  {
    name: 'checkout-1',
    shows: 'a preview of git branch feature/checkout',
    input: { project: 'shop', gitRef: 'feature/checkout', pullRequest: 41, ...on('shop-db') },
    expect: { ...ready('checkout-1'), branchOf: ['checkout-1', 'checkout-2'] },
  },
  {
    name: 'checkout-2',
    shows: 'the next commit of that branch: the same database',
    input: { project: 'shop', gitRef: 'feature/checkout', pullRequest: 41, ...on('shop-db') },
    after: 'checkout-1',
    expect: ready('checkout-2', 'checkout-1'),
  },
  {
    name: 'production',
    shows: 'the same git branch, in production: a database of its own',
    input: { project: 'shop', gitRef: 'feature/checkout', target: 'production', ...on('shop-db') },
    expect: ready('production'),
  },
  {
    name: 'docs-1',
    shows: 'scope deployment: one database each',
    input: { project: 'docs', gitRef: 'main', ...on('shop-db', 'branch-each') },
    expect: ready('docs-1'),
  },
  {
    name: 'docs-2',
    shows: 'scope deployment: the same git branch, another database',
    input: { project: 'docs', gitRef: 'main', ...on('shop-db', 'branch-each') },
    expect: ready('docs-2'),
  },
  {
    name: 'report-1',
    shows: 'its template is busy; canceled while it waits',
    input: { project: 'reports', gitRef: 'slow-query', ...on('reports-db') },
    followUp: 'cancel-while-waiting',
    expect: {
      deployment: 'canceled',
      action: 'canceled',
      ...nothingLeft,
      says: 'waiting for template "reports_template"',
    },
  },
  {
    name: 'report-2',
    shows: 'waits for the same template until it is free',
    input: { project: 'reports', gitRef: 'new-chart', ...on('reports-db') },
    expect: ready('report-2'),
  },
  {
    name: 'overtaken',
    shows: 'its cancel webhook arrives before its start',
    input: {
      project: 'shop',
      gitRef: 'fat-finger',
      ...on('shop-db'),
      faults: { operation: 'start', webhooks: { reorder: {} } },
    },
    followUp: 'cancel-at-once',
    expect: { deployment: 'canceled', action: 'canceled', ...nothingLeft, order: ['cancel', 'start'] },
  },
  {
    name: 'no-template',
    shows: 'its resource sets a template that does not exist',
    input: { project: 'archive', gitRef: 'main', ...on('archive-db') },
    expect: {
      deployment: 'error',
      action: 'failed',
      ...nothingLeft,
      says: `template "${MISSING_TEMPLATE}" cannot be copied`,
    },
  },
  {
    name: 'thrice',
    shows: 'its webhook is delivered three times',
    input: {
      project: 'shop',
      gitRef: 'feature/search',
      ...on('shop-db'),
      faults: { operation: 'start', webhooks: { duplicate: { times: 3 } } },
    },
    expect: { ...ready('thrice'), starts: 3 },
  },
  {
    name: 'deleted',
    shows: 'deleted when it is ready: its branch is removed, too',
    input: { project: 'shop', gitRef: 'fix/typo', ...on('shop-db') },
    followUp: 'delete-when-ready',
    expect: { deployment: 'deleted', action: 'released', builds: ['deleted'], branchOf: [] },
  },
  {
    name: 'throttled',
    shows: "Vercel's API answers it 429, then 500",
    input: {
      project: 'shop',
      gitRef: 'feature/wishlist',
      ...on('shop-db'),
      faults: {
        operation: 'update-action',
        api: { status429: { count: 1, retryAfterSeconds: 1 }, status5xx: { count: 1 } },
      },
    },
    expect: { ...ready('throttled'), refusals: [429, 500] },
  },
  {
    name: 'optional',
    shows: 'does not wait for its database, and gets it later',
    input: { project: 'blog', gitRef: 'main', ...on('shop-db', 'branch', false) },
    expect: { ...ready('optional'), builds: null },
  },
];
