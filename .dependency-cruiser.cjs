/** Import directions of docs/architecture.md. Each comment is what the tool prints: the reason. */
const OURS = '^src/';

/** @returns a rule: `from` must not import `to`, except what `pathNot` names. */
function forbid(name, comment, from, to) {
  return { name, severity: 'error', comment, from, to };
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid(
      'no-cycles',
      'two files that need each other are one concept: merge them or turn one import round',
      {},
      {
        circular: true,
        // A type that is only named makes no cycle at run time; entities name each other this way.
        viaOnly: { dependencyTypesNot: ['type-only'] },
      },
    ),
    forbid(
      'no-unresolvable',
      'this import leads nowhere',
      // A package of its own, whose packages are installed when its tests run.
      { pathNot: '^test/manifests/' },
      { couldNotResolve: true },
    ),
    forbid(
      'contract-stands-alone',
      'the plugin contract is all that a plugin team has to read: it imports nothing of ours',
      { path: '^src/provisioner/provisioner\\.ts$' },
      { path: OURS },
    ),
    forbid(
      'provisioner-knows-only-itself',
      'plugins and their loader work without the rest: the same code runs in a plugin team’s own tests',
      { path: '^src/provisioner/' },
      { path: OURS, pathNot: '^src/provisioner/' },
    ),
    forbid(
      'provisioners-share-one-client',
      'a database may belong to a tenant, who decides what names mean there: postgres.client.ts makes every client, with a fixed search path in the startup packet',
      {
        path: '^src/(provisioner/|cli/doctor/templates\\.ts$)',
        pathNot: '^src/provisioner/builtin/postgres\\.client\\.ts$|\\.spec\\.ts$',
      },
      { path: 'node_modules/(pg|pg-pool)/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'action-knows-no-outside',
      'action/ is what is true and on record: it knows no HTTP, no Vercel, no provisioner, no worker',
      { path: '^src/action/' },
      { path: '^src/(webhook|operator|worker|sweeper|provisioner|vercel|health|twin|demo)/' },
    ),
    forbid(
      'action-speaks-no-http',
      'action/ is called by web and worker alike: HTTP ends in the controllers',
      { path: '^src/action/' },
      {
        path: 'node_modules/(@nestjs/platform-fastify|@nestjs/swagger|@vercel/sdk|undici)/|^(node:)?https?$',
      },
    ),
    forbid(
      'door-does-no-work',
      'webhook/, operator/ and status/ record and answer at once: what takes time is a worker’s, reached through the store',
      { path: '^src/(webhook|operator|status)/' },
      { path: '^src/(worker|sweeper|provisioner|vercel)/' },
    ),
    forbid(
      'operators-read-through-their-sight',
      'a token may be limited to installations: what routes read comes through operator/sight, which narrows it',
      {
        path: '^src/(operator|installation)/',
        pathNot: '^src/operator/(sight/sights|operator\\.module)\\.ts$',
      },
      { path: '^src/database/database\\.tokens\\.ts$' },
    ),
    forbid(
      'advance-has-no-database',
      'advance decides and settle records: a step without the database can be read and tested by itself',
      { path: '^src/worker/advance' },
      { path: '^src/database/|node_modules/(typeorm|pg|pg-boss)/' },
    ),
    forbid(
      'gateway-is-a-leaf',
      'vercel/ speaks Vercel’s API and nothing else: who calls it decides what an answer means',
      { path: '^src/vercel/' },
      { path: OURS, pathNot: '^src/(vercel|config|tracing)/' },
    ),
    forbid(
      'tracing-is-a-leaf',
      'tracing/ is used at the seams of everything: it knows none of what it tells about',
      { path: '^src/tracing/' },
      { path: OURS, pathNot: '^src/((tracing|config)/|version\\.ts$)' },
    ),
    forbid(
      'sdk-is-imported-late',
      'a static import would load OpenTelemetry’s SDK in every process',
      { path: OURS },
      { path: '^src/tracing/sdk\\.ts$', dependencyTypesNot: ['dynamic-import', 'type-only'] },
    ),
    forbid(
      'sdk-only-when-wanted',
      'where tracing is off, nothing of OpenTelemetry but its API is loaded: only tracing/sdk.ts and what it imports may name the rest',
      { path: OURS, pathNot: '^src/tracing/(sdk|sampler)\\.ts$|\\.spec\\.ts$' },
      {
        path: 'node_modules/@opentelemetry/(?!api/)',
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'twin-stands-alone',
      'the twin shares no code with the server, so that both cannot agree on the same mistake',
      { path: '^src/twin/' },
      { path: OURS, pathNot: '^src/twin/' },
    ),
    forbid(
      'twin-is-for-demo-and-tests',
      'the server must work with the real Vercel: only the demo and the tests know the twin',
      { path: OURS, pathNot: '^src/(twin|demo)/' },
      { path: '^src/twin/' },
    ),
    forbid(
      'config-comes-first',
      'config/ is read before anything else exists',
      { path: '^src/config/' },
      { path: OURS, pathNot: '^src/config/' },
    ),
    forbid(
      'console-is-a-client',
      'web/ knows the server by its API: it shares the table of states and, for the compiler alone, the types of answers',
      { path: '^web/' },
      {
        path: OURS,
        pathNot: '^src/action/action\\.(state|orders)\\.ts$',
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'one-composition-root',
      'app.module.ts puts everything together: whoever imports it depends on everything; only the boot does',
      { path: OURS, pathNot: '^src/(main|application)\\.ts$' },
      { path: '^src/app\\.module\\.ts$' },
    ),
    forbid(
      'no-tests-in-the-server',
      'what is built must not need the tests',
      { path: OURS, pathNot: '\\.spec\\.ts$' },
      { path: '^test/|\\.spec\\.ts$' },
    ),
    forbid(
      'no-development-packages',
      'a production install has only `dependencies`: move the package there or the file out of src/',
      { path: OURS, pathNot: '\\.spec\\.ts$' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only', 'npm'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
    reporterOptions: { text: { highlightFocused: true } },
  },
};
