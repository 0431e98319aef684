/** Import rules of docs/architecture.md. The tool prints a rule's comment as the reason. */
const OURS = '^src/';

/**
 * The floors of the code, lowest first, each with its reason. A folder may import from itself and from lower
 * floors. Two folders of one floor do not import each other.
 */
const FLOORS = [
  {
    folders: ['errors', 'state-machine'],
    reason: 'the vocabulary: errors and legal transitions; both import nothing of ours',
  },
  { folders: ['config'], reason: 'the configuration is read before anything else exists' },
  { folders: ['sealing'], reason: 'seals with the configured keys, and knows nothing about the content' },
  {
    folders: ['provisioner'],
    reason: "plugins and their loader also run in a plugin team's tests, without the server",
  },
  { folders: ['tracing'], reason: 'every folder creates spans, so tracing imports none of them' },
  { folders: ['log'], reason: 'every other folder logs' },
  { folders: ['metrics'], reason: 'definitions alone: every other folder counts' },
  {
    folders: ['database'],
    reason: 'connections, transactions, group commit and migrations; it knows no domain',
  },
  { folders: ['vercel'], reason: "the client of Vercel's API: its callers decide what an answer means" },
  { folders: ['http'], reason: 'problems, pages and the API document, for every controller' },
  { folders: ['installation'], reason: 'installations, their tokens and resources' },
  {
    folders: ['action'],
    reason: 'the stored state: actions, allocations, deliveries, transitions',
  },
  { folders: ['access'], reason: 'authentication of operators, and the rows that an operator may see' },
  {
    folders: ['webhook', 'deployments'],
    reason: 'webhooks of Vercel, and its answers about a deployment',
  },
  { folders: ['status'], reason: 'the page for the person who deploys' },
  { folders: ['api', 'worker'], reason: 'the routes of operators; the process that advances actions' },
  { folders: ['sweeper'], reason: "periodic duties of a worker's process" },
  { folders: ['health', 'console'], reason: 'probes and pages of a running process' },
  { folders: ['metrics-endpoint'], reason: 'reads gauges of everything below' },
  { folders: ['boot'], reason: 'composes the process' },
  {
    folders: ['cli'],
    reason: 'the command line: a client of the API, and a reader of the same configuration',
  },
];

const inFolders = (folders) => `^src/(${folders.join('|')})/`;

/** @returns a rule: `from` must not import `to`, except what `pathNot` names. */
function forbid(name, comment, from, to) {
  return { name, severity: 'error', comment, from, to };
}

/** For each floor: no import of a higher floor, nor of another folder of the same floor. */
const floors = FLOORS.flatMap(({ folders, reason }, index) => {
  const above = FLOORS.slice(index + 1).flatMap((floor) => floor.folders);
  return folders.map((folder) =>
    forbid(
      `floor-${folder}`,
      `${folder}/ is below what it imports here. ${reason}`,
      { path: inFolders([folder]), pathNot: '\\.spec\\.ts$' },
      { path: inFolders([...folders.filter((other) => other !== folder), ...above, '\\0']) },
    ),
  );
});

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...floors,
    forbid(
      'no-cycles',
      'two files that import each other are one concept: merge them, or reverse one import',
      {},
      {
        circular: true,
        // A type that is only named makes no cycle at run time; entities name each other this way.
        viaOnly: { dependencyTypesNot: ['type-only'] },
      },
    ),
    forbid(
      'no-unresolvable',
      'this import cannot be resolved',
      // A package of its own, whose packages are installed when its tests run.
      { pathNot: '^test/(manifests|mutation)/' },
      { couldNotResolve: true },
    ),
    forbid(
      'contract-stands-alone',
      'a plugin team reads only the plugin contract: it imports nothing of ours',
      { path: '^src/provisioner/provisioner\\.ts$' },
      { path: OURS },
    ),
    forbid(
      'provisioner-knows-only-itself',
      "plugins and their loader also run in a plugin team's tests, without the server",
      { path: '^src/provisioner/' },
      { path: OURS, pathNot: '^src/(provisioner|errors)/' },
    ),
    forbid(
      'provisioners-share-one-client',
      'a tenant may own the database and decide what names mean in it: postgres-client.ts creates every ' +
        'client, with a fixed search path in the startup packet',
      {
        path: '^src/(provisioner/|cli/doctor/checks/templates\\.ts$)',
        pathNot: '^src/provisioner/builtin/postgres-client\\.ts$|\\.spec\\.ts$',
      },
      { path: 'node_modules/(pg|pg-pool)/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'action-knows-no-outside',
      'action/ is the stored state: it calls neither Vercel nor a provisioner, and knows only their limits',
      { path: '^src/action/', pathNot: '\\.spec\\.ts$' },
      { path: '^src/(vercel|http|provisioner)/', pathNot: '^src/provisioner/limits\\.ts$' },
    ),
    forbid(
      'action-is-the-only-writer',
      'deliveries, actions, allocations and transitions have one writer: other folders call its ' +
        'repositories, which guard and audit each write',
      { path: OURS, pathNot: '^src/action/' },
      {
        path: '^src/action/',
        pathNot:
          '^src/action/(.*\\.repository\\.ts|entities/.*|action\\.module\\.ts|job-outbox\\.ts|' +
          '(allocation-key|batch-limits|deadline|time-limits|status-text)\\.ts)$',
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'action-speaks-no-http',
      'web and worker both call action/: HTTP ends in the controllers',
      { path: '^src/action/' },
      {
        path: 'node_modules/(@nestjs/platform-fastify|@nestjs/swagger|@vercel/sdk|undici)/|^(node:)?https?$',
      },
    ),
    forbid(
      'intake-does-no-work',
      'webhook/, api/ and status/ store and answer at once: a worker does the slow work',
      { path: '^src/(webhook|api|status)/', pathNot: '\\.spec\\.ts$' },
      { path: '^src/(worker|sweeper)/' },
    ),
    forbid(
      'operators-read-through-their-scope',
      'a token may be limited to installations: routes read through access/scope, which applies the limit; ' +
        'only modules name the data source, to register entities',
      { path: '^src/(api|installation)/', pathNot: '\\.module\\.ts$' },
      { path: '^src/database/database\\.constants\\.ts$' },
    ),
    forbid(
      'only-the-event-hub-reads-for-everybody',
      'one reader of the audit serves all event streams, and each stream filters its rows: any other reader ' +
        'asks InstallationScopes for the scope of its operator',
      { path: OURS, pathNot: '^src/access/|^src/api/events/event-hub\\.ts$' },
      { path: '^src/access/scope/unlimited-scope\\.constants\\.ts$' },
    ),
    forbid(
      'steps-have-no-database',
      'a step decides and the run loop stores: a step without the database can be tested alone',
      {
        path: '^src/worker/(values|reports|plugin-call|steps|run)/',
        pathNot: '^src/worker/run/(action-run|through-outages)\\.ts$|\\.spec\\.ts$',
      },
      { path: '^src/database/|node_modules/(typeorm|pg|pg-boss)/' },
    ),
    forbid(
      'only-the-loop-records',
      'a step returns its decision and findings: settle writes the decision, only the run loop assigns',
      { path: '^src/worker/(values|reports|plugin-call|steps|run/advance)', pathNot: '\\.spec\\.ts$' },
      {
        path:
          '^src/worker/(run/(action-run|result-update|settle|through-outages)|' +
          'ports/(run-ports|run-repository|action-run\\.repository|worker-ports))\\.ts$',
      },
    ),
    forbid(
      'gateway-is-a-leaf',
      "vercel/ is the client of Vercel's API; only its recorder writes to the database",
      { path: '^src/vercel/', pathNot: '^src/vercel/recorder/|\\.module\\.ts$' },
      { path: OURS, pathNot: '^src/(vercel|config|tracing|errors)/' },
    ),
    forbid(
      'sdk-is-imported-late',
      "a static import would load OpenTelemetry's SDK in every process",
      { path: OURS },
      { path: '^src/tracing/sdk\\.ts$', dependencyTypesNot: ['dynamic-import', 'type-only'] },
    ),
    forbid(
      'sdk-only-when-wanted',
      "without tracing, only OpenTelemetry's API is loaded: tracing/sdk.ts alone may import the rest",
      { path: OURS, pathNot: '^src/tracing/(sdk|sampler)\\.ts$|\\.spec\\.ts$' },
      {
        path: 'node_modules/@opentelemetry/(?!api/)',
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'twin-stands-alone',
      'the twin shares no code with the server, so that both cannot have the same mistake',
      { path: '^src/twin/' },
      { path: OURS, pathNot: '^src/twin/' },
    ),
    forbid(
      'twin-is-for-demo-and-tests',
      'the server must work with the real Vercel: only the demo and the tests know the twin',
      { path: OURS, pathNot: '^src/twin/' },
      { path: '^src/twin/|^tools/' },
    ),
    forbid(
      'console-is-a-client',
      'web/ is a client of the API: it shares the state machine and, for the compiler, types of answers',
      { path: '^web/' },
      {
        path: OURS,
        pathNot: '^src/state-machine/',
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'one-composition-root',
      'app.module.ts composes everything: a file that imports it depends on everything; only boot/ does',
      { path: OURS, pathNot: '^src/(main\\.ts$|boot/)' },
      { path: '^src/app\\.module\\.ts$' },
    ),
    forbid(
      'no-tests-in-the-server',
      'the server must not depend on its tests',
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
