import { type ConformanceOptions, describeProvisioner } from '../../src/provisioner/testing/conformance.js';

/** Runs the kit, and returns the message of each failed check. */
export async function failuresOf(
  options: ConformanceOptions,
  only: (name: string) => boolean = () => true,
): Promise<Record<string, string>> {
  const checks: { name: string; check: () => Promise<void> }[] = [];
  describeProvisioner(
    { describe: (_, body) => body(), it: (name, check) => checks.push({ name, check }) },
    { timeoutMs: 2_000, ...options },
  );
  const failures: Record<string, string> = {};
  for (const { name, check } of checks.filter((one) => only(one.name))) {
    await check().catch((error: Error) => (failures[name] = error.message));
  }
  return failures;
}
