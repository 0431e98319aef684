import { describe, it } from 'vitest';
import plugin from '../../src/provisioner/builtin/env-vars/env-vars.js';
import { describeProvisioner } from '../../src/provisioner/testing/conformance.js';

describeProvisioner(
  { describe, it },
  {
    plugin,
    config: {
      prefix: 'SHOP_',
      vars: {
        BRANCH: '${deployment.gitRef}',
        SCHEMA: '${allocation.key}',
        TOKEN: '${resource.settings.token}',
      },
    },
    invalidConfig: { vars: { VERCEL_URL: '${deployment.url}' }, prefx: 'SHOP_' },
    settings: { token: 'a-token-of-the-resource' },
  },
);
