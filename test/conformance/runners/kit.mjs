/**
 * The built conformance kit under a foreign test runner, for the reference or for a plugin that keeps its ids
 * in memory. `KIT_BUILT` is the folder of the compiled src/, `KIT_PLUGIN` names the plugin.
 */
const { KIT_BUILT, KIT_PLUGIN } = process.env;
const built = (file) => import(new URL(file, `file://${KIT_BUILT}/`).href);

const { describeProvisioner } = await built('provisioner/testing/conformance.js');
const { default: memory, find } = await built('provisioner/builtin/memory.js');

/** Generates another secret in each call. */
const forgetful = {
  ...memory,
  create(config) {
    const { provision, deprovision } = memory.create(config);
    return {
      deprovision,
      async provision(request) {
        const answer = await provision(request);
        return { ...answer, secrets: { MEMORY_TOKEN: `token-${Math.random()}` } };
      },
    };
  },
};

// jest has these functions as globals, node:test as a module.
const runner = globalThis.describe ? globalThis : await import('node:test');

describeProvisioner(runner, {
  plugin: KIT_PLUGIN === 'memory' ? memory : forgetful,
  config: {},
  invalidConfig: { colour: 'red' },
  find,
});
