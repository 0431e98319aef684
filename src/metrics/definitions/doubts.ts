import { DOUBT_REASONS } from '../../state-machine/doubt-reasons.js';
import { gauge } from '../registry.js';

export const installationsDoubted = gauge({
  name: 'drawbridge_installations_doubted',
  help: 'Installations in doubt (missing deployments may still exist), by reason; read from the database',
  exporter: 'every',
  labels: { reason: DOUBT_REASONS },
  note:
    'No missing deployment of such an installation is released until Vercel finds deployments again or ' +
    'an operator confirms.',
});
