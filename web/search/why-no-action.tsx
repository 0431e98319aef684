import type { DeploymentOverview } from '../../src/api/deployments/deployment-answer.js';
import { useAnswer } from '../api/use-answer.js';
import { Loading, ProblemNotice } from '../ui/notice.js';

/** Explains why a deployment has no action. Asks Vercel only if `text` can be a deployment's id. */
export function WhyNoAction({ text }: { text: string }) {
  const isDeployment = /^dpl_\w+$/.test(text);
  const { data, problem, refresh } = useAnswer<DeploymentOverview>(
    isDeployment ? `/deployments/${encodeURIComponent(text)}` : null,
  );
  if (!isDeployment) return null;
  return (
    <section aria-labelledby="why">
      <h2 id="why">Why is there no action?</h2>
      {problem && <ProblemNotice problem={problem} retry={refresh} />}
      {data === null && problem === null && <Loading what="the deployment from Vercel" />}
      {data && <p>{data.note}</p>}
    </section>
  );
}
