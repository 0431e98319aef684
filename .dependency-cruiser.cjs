/** Import rules of docs/architecture.md. The comment of a rule is what the tool prints: the reason. */
const OURS = '^src/';

/**
 * The floors of the house, lowest first, each with its reason. A folder may import from its own floor's folder and from lower floors.
 * Two folders of one floor do not import each other.
 */
const FLOORS = [
  {
    folders: ['errors', 'state-machine'],
    reason: 'the vocabulary: what failed, which change of state is legal; both import nothing of ours',
  },
  { folders: ['config'], reason: 'the configuration is read before anything else exists' },
  { folders: ['sealing'], reason: 'seals with the configured keys, and does not know what it seals' },
  {
    folders: ['provisioner'],
    reason: 'plugins and their loader also run in a plugin team’s own tests, without the server',
  },
  { folders: ['tracing'], reason: 'spans are made at every seam, so tracing knows none of the seams' },
  { folders: ['log'], reason: 'every other folder logs' },
  { folders: ['metrics'], reason: 'definitions alone: every other folder counts' },
  {
    folders: ['database'],
    reason: 'connections, transactions, group commit and migrations; it knows no domain',
  },
  { folders: ['vercel'], reason: 'the client of Vercel’s API: its callers decide what an answer means' },
  { folders: ['http'], reason: 'problems, pages and the API document: what any controller needs' },
  { folders: ['installation'], reason: 'who may be asked with which token' },
  {
    folders: ['action'],
    reason: 'what is true and on record: actions, allocations, deliveries, transitions',
  },
  { folders: ['access'], reason: 'who asks, and which rows this operator may see' },
  {
    folders: ['webhook', 'deployments'],
    reason: 'what Vercel sends, and what Vercel answers about a deployment',
  },
  { folders: ['status'], reason: 'the page for the person who deploys' },
  { folders: ['api', 'worker'], reason: 'operators’ routes; and the process that moves actions on' },
  { folders: ['sweeper'], reason: 'periodic duties of a worker’s process' },
  { folders: ['health', 'console'], reason: 'probes and pages of a running process' },
  { folders: ['metrics-endpoint'], reason: 'reads gauges of everything below' },
  { folders: ['boot'], reason: 'puts the process together' },
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
      'two files that need each other are one concept: merge them, or turn one import round',
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
      { path: OURS, pathNot: '^src/(provisioner|errors)/' },
    ),
    forbid(
      'provisioners-share-one-client',
      'a database may belong to a tenant, who decides what names mean there: postgres-client.ts makes every client, with a fixed search path in the startup packet',
      {
        path: '^src/(provisioner/|cli/doctor/checks/templates\\.ts$)',
        pathNot: '^src/provisioner/builtin/postgres-client\\.ts$|\\.spec\\.ts$',
      },
      { path: 'node_modules/(pg|pg-pool)/', dependencyTypesNot: ['type-only'] },
    ),
    forbid(
      'action-knows-no-outside',
      'action/ is what is true and on record: it does not call Vercel or a provisioner; it knows how long a call may last',
      { path: '^src/action/', pathNot: '\\.spec\\.ts$' },
      { path: '^src/(vercel|http|provisioner)/', pathNot: '^src/provisioner/limits\\.ts$' },
    ),
    forbid(
      'action-is-the-only-writer',
      'deliveries, actions, allocations and transitions have one writer: other folders call its repositories, which guard each write and audit it',
      { path: OURS, pathNot: '^src/action/' },
      {
        path: '^src/action/',
        pathNot:
          '^src/action/(.*\\.repository\\.ts|entities/.*|action\\.module\\.ts|job-outbox\\.ts|(allocation-key|deadline|time-limits|status-text)\\.ts)$',
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
      'webhook/, api/ and status/ record and answer at once: a worker does what takes time',
      { path: '^src/(webhook|api|status)/', pathNot: '\\.spec\\.ts$' },
      { path: '^src/(worker|sweeper)/' },
    ),
    forbid(
      'operators-read-through-their-scope',
      'a token may be limited to installations: what routes read comes through access/scope, which narrows it',
      {
        path: '^src/(api|installation)/',
        pathNot: '^src/api/api\\.module\\.ts$',
      },
      { path: '^src/database/database-tokens\\.ts$' },
    ),
    forbid(
      'steps-have-no-database',
      'a step decides and the run loop records: a step without the database can be read and tested by itself',
      {
        path: '^src/worker/(steps|plugin-call|run)/',
        pathNot: '^src/worker/(run/(action-run|through-outages)|ports/run-ports)\\.ts$|\\.spec\\.ts$',
      },
      { path: '^src/database/|node_modules/(typeorm|pg|pg-boss)/' },
    ),
    forbid(
      'only-the-loop-records',
      'a step returns its decision and what it learned: settle writes the decision, and the run loop alone assigns',
      { path: '^src/worker/(steps|plugin-call|run/advance)', pathNot: '\\.spec\\.ts$' },
      {
        path: '^src/worker/(run/(action-run|result-update|settle|through-outages)|ports/(run-ports|run-repository))\\.ts$',
      },
    ),
    forbid(
      'gateway-is-a-leaf',
      'vercel/ speaks Vercel’s API; only its recorder writes to the database',
      { path: '^src/vercel/', pathNot: '^src/vercel/recorder/|\\.module\\.ts$' },
      { path: OURS, pathNot: '^src/(vercel|config|tracing|errors)/' },
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
      { path: OURS, pathNot: '^src/twin/' },
      { path: '^src/twin/|^tools/' },
    ),
    forbid(
      'console-is-a-client',
      'web/ knows the server by its API: it shares the state machine and, for the compiler alone, the types of answers',
      { path: '^web/' },
      {
        path: OURS,
        pathNot: '^src/state-machine/',
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'one-composition-root',
      'app.module.ts puts everything together: a file that imports it depends on everything; only boot/ does',
      { path: OURS, pathNot: '^src/(main\\.ts$|boot/)' },
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
