import { createPluginWorld, type PluginWorld, type PluginWorldOptions } from '../../support/plugin-world.js';
import { compiled, runDrawbridge, type ProgramOutput } from '../../support/processes.js';
import { ADMIN, INSTALLATION } from '../../support/world.js';

/** A real Drawbridge with real plugins, and the command line as an operator uses it. */
export interface CliWorld extends PluginWorld {
  /** The address of the server and an operator's token, for the command line. */
  readonly client: Record<string, string>;
  run(args: string[], env?: Record<string, string>, input?: string): Promise<ProgramOutput>;
  /** Returns the output of the command with `--json`. Throws when it does not exit with 0. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read output of any shape
  json(args: string[]): Promise<any>;
  /** Creates a deployment whose plugin executes `script`. Returns the ids of deployment and resource. */
  deploy(script: string[][]): Promise<{ deployment: string; resource: string }>;
  /** Replaces the steps of the resource. */
  rescript(resource: string, script: string[][]): Promise<void>;
}

export async function createCliWorld(options: Partial<PluginWorldOptions> = {}): Promise<CliWorld> {
  await compiled();
  const world = await createPluginWorld(options);
  const client = { DRAWBRIDGE_URL: world.app.url, DRAWBRIDGE_TOKEN: ADMIN, NO_COLOR: '1' };
  const run = (args: string[], env: Record<string, string> = client, input?: string) =>
    runDrawbridge(args, env, world.cwd, input);
  return {
    ...world,
    client,
    run,
    json: async (args) => {
      const { code, stdout, stderr } = await run([...args, '--json']);
      if (code !== 0) throw new Error(`drawbridge ${args.join(' ')} ended with ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
    deploy: async (script) => {
      const connection = await world.connect('scripted', { script });
      const { id } = world.twin.createDeployment({
        project: 'shop',
        gitRef: 'feature/x',
        connections: [connection],
      });
      return { deployment: id, resource: connection.resourceId };
    },
    rescript: async (resource, script) => {
      const body = JSON.stringify({ productId: 'prod_1', name: resource, settings: { script } });
      await world.api(`/api/v1/installations/${INSTALLATION}/resources/${resource}`, { method: 'PUT', body });
    },
  };
}

/** Returns the length of the longest line. */
export const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
