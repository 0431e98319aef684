/** Reports about an action, and their form in Vercel's API (contract §2). */
import type { UpdateIntegrationDeploymentActionRequestBody } from '@vercel/sdk/models/updateintegrationdeploymentactionop.js';

export interface ActionReport {
  readonly status: 'running' | 'succeeded' | 'failed';
  /** One line for the person who deploys. Shortened to 1,000 characters. */
  readonly statusText?: string;
  /** `https://…`, `http://…` or `sso:…`. */
  readonly statusUrl?: string;
  /** The deployment's environment variables. Sent with `succeeded` only. */
  readonly secrets?: Readonly<Record<string, string>>;
}

const MAX_TEXT = 1000;

/**
 * Converts a report into the body of the request.
 *
 * @throws TypeError if Vercel does not support `statusUrl`: a fault of the program or its configuration
 */
export function bodyOf(report: ActionReport): UpdateIntegrationDeploymentActionRequestBody {
  const secrets = Object.entries(report.status === 'succeeded' ? (report.secrets ?? {}) : {});
  return {
    status: report.status,
    ...(report.statusText && { statusText: cut(report.statusText, MAX_TEXT) }),
    ...(report.statusUrl && { statusUrl: checked(report.statusUrl) }),
    ...(secrets.length > 0 && {
      outcomes: [{ kind: 'resource-secrets', secrets: secrets.map(([name, value]) => ({ name, value })) }],
    }),
  };
}

/**
 * Shortens a text to at most `max` UTF-16 units. A shortened text ends with an ellipsis and never with half a
 * character.
 */
export function cut(text: string, max: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= max) return whole;
  const end = whole.charCodeAt(max - 2) >> 10 === 0x36 ? max - 2 : max - 1;
  return `${whole.slice(0, end)}…`;
}

function checked(statusUrl: string): string {
  if (/^(https?:\/\/|sso:)/.test(statusUrl) && URL.canParse(statusUrl)) return statusUrl;
  throw new TypeError(`vercel: status url ${cut(statusUrl, 100)} is neither http(s) nor sso`);
}
