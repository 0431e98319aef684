import { gauge } from '../registry.js';

export const workerActions = gauge({
  name: 'drawbridge_worker_actions',
  help: 'Actions in flight in this worker',
  exporter: 'every',
});

export const workerCapacity = gauge({
  name: 'drawbridge_worker_capacity',
  help: 'Limit of actions in flight in this process; 0 without the role worker',
  exporter: 'every',
});

export const buildInfo = gauge({
  name: 'drawbridge_build_info',
  help: '1, with version, Node and roles of this process as labels',
  exporter: 'every',
  labels: {
    version: 'the version of Drawbridge',
    node: 'the version of Node.js',
    roles: '`web`, `worker` or `web,worker`',
  },
});

export const ready = gauge({
  name: 'drawbridge_ready',
  help: '1 from the end of startup to the start of shutdown, otherwise 0; independent of the database',
  exporter: 'every',
});
