import { gauge } from '../registry.js';

export const DOUBTED_BECAUSE = ['none-found', 'many-gone', 'transferred'] as const;

export const installationsDoubted = gauge({
  name: 'drawbridge_installations_doubted',
  help: 'Installations whose missing deployments are not believed to be gone, by the reason; read from the database',
  exporter: 'every',
  labels: { reason: DOUBTED_BECAUSE },
  note: 'Nothing of such an installation is released for a missing deployment until deployments are found again or an operator confirms.',
});
