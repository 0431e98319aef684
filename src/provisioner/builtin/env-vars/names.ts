/** Names that Vercel does not let anybody set, to check them before Vercel rejects them. */

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

/** Returns why `name` cannot be a variable of a deployment; null when it can. */
export function problemOfName(name: string): string | null {
  if (!NAME.test(name))
    return `"${name}" is not a valid variable name; use letters, digits and _, and do not begin with a digit`;
  if (RESERVED.includes(name)) return `${name} is reserved by Vercel and cannot be set; choose another name`;
  if (SYSTEM.test(name)) return `${name} is set by Vercel; choose another name`;
  return null;
}
