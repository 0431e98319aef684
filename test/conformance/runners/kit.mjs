/**
 * The conformance kit as somebody else's test runner sees it: built, and run over the reference, or over a
 * plugin that keeps its ids in memory. `KIT_BUILT` is the folder that src/ was built into, `KIT_PLUGIN`
 * names the plugin.
 */
const { KIT_BUILT, KIT_PLUGIN } = process.env;
const built = (file) => import(new URL(file, `file://${KIT_BUILT}/`).href);

const { describeProvisioner } = await built('provisioner/testing/conformance.js');
const { default: memory, find } = await built('provisioner/builtin/memory.js');

/** Draws another secret in each call. */
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

// jest has them as globals, node:test as a module.
const runner = globalThis.describe ? globalThis : await import('node:test');

describeProvisioner(runner, {
  plugin: KIT_PLUGIN === 'memory' ? memory : forgetful,
  config: {},
  invalidConfig: { colour: 'red' },
  find,
});
