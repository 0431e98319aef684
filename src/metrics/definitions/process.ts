import { gauge } from '../registry.js';

export const workerActions = gauge({
  name: 'drawbridge_worker_actions',
  help: "Actions in this worker's hands now",
  exporter: 'every',
});

export const workerCapacity = gauge({
  name: 'drawbridge_worker_capacity',
  help: 'Actions that this process takes at once; 0 without the role worker',
  exporter: 'every',
});

export const buildInfo = gauge({
  name: 'drawbridge_build_info',
  help: '1, with what runs here as labels',
  exporter: 'every',
  labels: {
    version: "Drawbridge's",
    node: "Node's",
    roles: '`web`, `worker` or `web,worker`',
  },
});

export const ready = gauge({
  name: 'drawbridge_ready',
  help: '1 once this process has started and until it begins to shut down, else 0; the database has no say',
  exporter: 'every',
});
