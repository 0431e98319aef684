/** Specs that wait a lot: `npm run test:long`. `npm test` leaves them out, to stay below five minutes. */
export const LONG = [
  'test/conformance/{broken,neon-branch,postgres-branch.behaviour,postgres-branch.hostile,postgres-sql.behaviour,sequence}.spec.ts',
  'src/database/embedded.spec.ts',
  'test/e2e/{out-of-tree,package,writing-a-provisioner}.spec.ts',
  'test/integration/{allocations.audit,cli.local,cli.operate,cli.tail,demo,doctor,door,foreign.notifications,keys.rotate,migrate,misbehaving,operator.lasting,outage,scale,sweeper,sweeper.wall,tracing.processes,upgrade}.spec.ts',
];
