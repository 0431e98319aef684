/** Runs the twin as a process of its own: creates deployments on request, sends no webhooks, keeps no log. */
import { startTwin } from '../../src/twin/twin.js';
import { INSTALLATIONS, RESOURCE, SECRET, tokenOf } from './actors.js';

const installations = Object.fromEntries(INSTALLATIONS.map((id) => [id, tokenOf(id)]));
const twin = await startTwin({
  webhookUrl: null,
  clientSecret: SECRET,
  installations,
  keepLog: false,
  deadlineMs: 3_600_000,
});
process.on('message', ({ count }: { count: number }) => {
  const ids = Array.from({ length: count }, (_, index) => {
    const installationId = INSTALLATIONS[index % INSTALLATIONS.length] as string;
    const connections = [{ installationId, resourceId: RESOURCE, actions: ['branch'] }];
    return twin.createDeployment({ project: 'bench', connections }).id;
  });
  process.send?.({ ids });
});
process.send?.({ url: twin.url });
