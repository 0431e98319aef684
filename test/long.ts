/** Specs that wait a lot: `npm run test:long`. `npm test` leaves them out, to stay below five minutes. */
export const LONG = [
  'test/conformance/{broken,neon-branch,postgres-branch.behaviour,postgres-sql.behaviour,sequence}.spec.ts',
  'test/e2e/package.spec.ts',
  'test/integration/{allocations.audit,doctor,misbehaving,scale,sweeper}.spec.ts',
];
