import { whoAmI } from './admin.js';
import { type Call } from './call.js';
import { type BranchConfig, serverUrl } from './config.js';
import { withSession } from './session.js';
import { templateProblem } from './template.js';

/** Throws with all that keeps `config` from working. */
export async function checkServer(config: BranchConfig, call: Call): Promise<void> {
  const problems = await withSession(serverUrl(config), call, async (session) => {
    const admin = await whoAmI(session);
    const template =
      config.template === undefined ? null : await templateProblem(session, config.template, admin);
    return [
      !admin.superuser &&
        !admin.createdb &&
        `role "${admin.name}" may not create databases: ALTER ROLE … CREATEDB`,
      !admin.superuser &&
        !admin.createrole &&
        `role "${admin.name}" may not create roles: ALTER ROLE … CREATEROLE`,
      template,
    ].filter((problem) => typeof problem === 'string');
  });
  if (problems.length > 0) throw new Error(`postgres-branch: ${problems.join('; ')}`);
}
