/** What Vercel lets nobody set: these names are data, checked before Vercel is asked. */

/** https://vercel.com/docs/environment-variables/reserved-environment-variables, as of 2025-12-10. */
const RESERVED: readonly string[] = [
  'AWS_SECRET_KEY',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'NOW_REGION',
  'TZ',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
];

/**
 * `VERCEL` and `VERCEL_…` are set by Vercel itself:
 * https://vercel.com/docs/environment-variables/system-environment-variables
 */
const SYSTEM = /^VERCEL(?:_|$)/;

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What keeps `name` from being a variable of a deployment, as the end of a sentence; null when nothing does. */
export function problemOfName(name: string): string | null {
  if (!NAME.test(name))
    return `"${name}" is no name of a variable: letters, digits and _ only, and no digit first`;
  if (RESERVED.includes(name)) return `${name} is reserved by Vercel and cannot be set; choose another name`;
  if (SYSTEM.test(name)) return `${name} belongs to Vercel, which sets it itself; choose another name`;
  return null;
}
