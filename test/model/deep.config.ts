import { defineConfig } from 'vitest/config';

/** `npm run test:model`: the exploration with bounds too large for every `npm test`. */
export default defineConfig({
  test: { include: ['test/model/model-deep.ts'], testTimeout: 1_800_000 },
});
