/**
 * Names of attributes: OpenTelemetry's conventions, or names of Drawbridge's own. Conventions are copied
 * because the package advises libraries not to depend on its unstable part. docs/tracing.md documents each
 * name.
 */
export const ATTR = {
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
  resends: 'http.request.resend_count',
  path: 'url.path',
  scheme: 'url.scheme',
  url: 'url.full',
  template: 'url.template',
  server: 'server.address',
  port: 'server.port',
  error: 'error.type',

  database: 'db.system.name',
  batch: 'db.operation.batch.size',

  messaging: 'messaging.system',
  operation: 'messaging.operation.name',
  operationType: 'messaging.operation.type',
  queue: 'messaging.destination.name',
  job: 'messaging.message.id',
  retries: 'pgboss.job.retry_count',

  delivery: 'drawbridge.delivery.id',
  event: 'drawbridge.event.id',
  eventType: 'drawbridge.event.type',
  action: 'drawbridge.action.id',
  slug: 'drawbridge.action.slug',
  state: 'drawbridge.action.state',
  attempt: 'drawbridge.action.attempt',
  installation: 'drawbridge.installation.id',
  resource: 'drawbridge.resource.id',
  deployment: 'drawbridge.deployment.id',
  allocation: 'drawbridge.allocation.key',
  provisioner: 'drawbridge.provisioner',
  verb: 'drawbridge.verb',
  result: 'drawbridge.result',
  vercel: 'drawbridge.vercel.operation',
  told: 'drawbridge.vercel.told',
} as const;
