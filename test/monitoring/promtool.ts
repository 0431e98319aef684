import { execFile } from 'node:child_process';

/**
 * Returns promtool's output. @throws Error with that output when promtool fails, or when it is not installed
 */
export function promtool(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('promtool', args, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const why = missing
        ? "promtool is not installed: install Debian's package prometheus"
        : `${stdout}${stderr}`;
      return reject(new Error(`promtool ${args.join(' ')}: ${why}`, { cause: error }));
    });
  });
}
