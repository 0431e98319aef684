import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { eventually, WAIT_MS } from '../support/world.js';
import { OutageWorld, type Fault } from './world/outage-world.js';

const READ_ONLY: Fault = {
  begin: (of) => of.alterDatabase('SET default_transaction_read_only = on'),
  end: (of) => of.alterDatabase('RESET default_transaction_read_only'),
  message: /^is read-only \(25006\)$/,
};

const PASSWORD: Fault = {
  begin: async (of) => {
    await of.changePassword('another');
    await of.endSessions();
  },
  end: (of) => of.changePassword('the one before'),
  message: /^refuses the role, its password or what the role may do \(28P01\)$/,
};

/** Each of these faults ends after a few seconds. */
const OTHERS: Record<string, Fault> = {
  'is read-only for the role, whose sessions were ended': {
    begin: async (of) => {
      await of.alterRole('SET default_transaction_read_only = on');
      await of.endSessions();
    },
    end: (of) => of.alterRole('RESET default_transaction_read_only'),
    message: READ_ONLY.message,
  },
  'lets the role no longer log in': {
    begin: async (of) => {
      await of.alterRole('NOLOGIN');
      await of.endSessions();
    },
    end: (of) => of.alterRole('LOGIN'),
    message: /\(28000\)$/,
  },
  'takes the right to connect from the role': {
    begin: async (of) => {
      await of.connect('REVOKE');
      await of.endSessions();
    },
    end: (of) => of.connect('GRANT'),
    message: /\(42501\)$/,
  },
  'has no free connection for the role': {
    begin: async (of) => {
      await of.alterRole('CONNECTION LIMIT 0');
      await of.endSessions();
    },
    end: (of) => of.alterRole('CONNECTION LIMIT -1'),
    message: /^has no free connection \(53300\)$/,
  },
  'accepts no connections': {
    begin: async (of) => {
      await of.alterDatabase('ALLOW_CONNECTIONS false');
      await of.endSessions();
    },
    end: (of) => of.alterDatabase('ALLOW_CONNECTIONS true'),
    message: /^accepts no connections now \(55000\)$/,
  },
  'crashes and comes back': {
    begin: ({ cluster }) => cluster.crash(),
    end: ({ cluster }) => cluster.comeBack(),
    message: /^does not answer \(|^accepts no connections now \(57P03\)$/,
  },
};

/** The long version: `OUTAGE_ROUNDS=10 OUTAGE_SECONDS=20 npm run test:chaos -- outage`. */
const { rounds, seconds } = inject('outage');
const LIMIT_MS = 60_000 + rounds * (seconds + 30) * 1_000;

describe('an unavailable database', () => {
  it.for([
    ['is read-only', READ_ONLY],
    ['has another password for the role', PASSWORD],
  ] as const)(
    'that %s makes webhooks answer 503 and readiness fail, loses no accepted webhook, and recovers alone',
    { timeout: LIMIT_MS },
    async ([name, fault], context) => {
      const world = await OutageWorld.create(context);
      for (let round = 1; round <= rounds; round++) {
        await world.causeOutage(fault, seconds);
        process.stdout.write(`${name}: round ${round} of ${rounds}: ${world.summary()}\n`);
      }
      world.expectFewLines(rounds * (seconds + 10));
    },
  );

  it('keeps Drawbridge from starting provisioner calls that cannot be recorded', async (context) => {
    const world = await OutageWorld.create(context);
    const { backend, twin } = world.crash;
    const { id } = world.crash.deploy('thing');
    await twin.waitFor(id, WAIT_MS);
    const calls: number[] = [];
    backend.onDeprovision = () => {
      calls.push(performance.now());
      throw new Error('not yet');
    };
    twin.delete(id);
    // The worker that runs the action makes the next call in two to four seconds.
    await eventually(() => calls.length === 5);
    await READ_ONLY.begin(world);
    await sleep(6_000);
    expect(calls).toHaveLength(5);
    await READ_ONLY.end(world);
    await eventually(() => calls.length > 5);
    backend.onDeprovision = () => undefined;
    await world.crash.untilState(id, 'released');
  });

  it.for(Object.entries(OTHERS))(
    'that %s makes webhooks answer 503 and readiness fail, loses no accepted webhook, and recovers alone',
    async ([, fault], context) => {
      const world = await OutageWorld.create(context);
      await world.causeOutage(fault, 4);
      world.expectFewLines(15);
    },
  );
});
