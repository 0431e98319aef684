/** Specs that wait a lot: `npm run test:long`. `npm test` leaves them out, to stay below five minutes. */
export const LONG = ['**/*.slow.spec.ts'];
