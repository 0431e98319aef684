import { setTimeout as sleep } from 'node:timers/promises';
import type { TwinDeployment, DeploymentView } from './deployment.js';

/**
 * The build of a deployment, started once required actions have ended, with the deployment's environment. If
 * it resolves, the deployment becomes READY; if it rejects, ERROR with the message. `signal` aborts when the
 * deployment is canceled or deleted and when the twin closes; a later result is ignored.
 */
export type Build = (
  deployment: DeploymentView,
  env: Record<string, string>,
  signal: AbortSignal,
) => Promise<void>;

/** The running builds. */
export class Builds {
  private readonly running = new Map<TwinDeployment, AbortController>();

  constructor(
    private readonly build: Build | undefined,
    private readonly done: (deployment: TwinDeployment, error: string | null) => void,
  ) {}

  /** Starts the build. Without a build and a build time, the deployment is done before this returns. */
  begin(deployment: TwinDeployment): void {
    if (this.buildOf(deployment) === undefined && deployment.input.buildMs === 0) {
      this.done(deployment, null);
      return;
    }
    const controller = new AbortController();
    this.running.set(deployment, controller);
    void this.run(deployment, controller.signal).then((error) => {
      if (controller.signal.aborted) return;
      this.running.delete(deployment);
      this.done(deployment, error);
    });
  }

  abort(deployment: TwinDeployment): void {
    const controller = this.running.get(deployment);
    this.running.delete(deployment);
    controller?.abort();
  }

  close(): void {
    for (const deployment of this.running.keys()) this.abort(deployment);
  }

  private buildOf(deployment: TwinDeployment): Build | undefined {
    return deployment.build ?? this.build;
  }

  /** Returns the message of the error, or null. */
  private async run(deployment: TwinDeployment, signal: AbortSignal): Promise<string | null> {
    const view = deployment.view();
    try {
      if (deployment.input.buildMs > 0) await sleep(deployment.input.buildMs, undefined, { signal });
      await this.buildOf(deployment)?.(view, view.env, signal);
      return null;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
