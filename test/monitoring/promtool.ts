import { execFile } from 'node:child_process';

/** What promtool says. @throws Error with its words when it is not content, or not there */
export function promtool(...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('promtool', args, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      const why = missing
        ? "there is no promtool: install Debian's package prometheus"
        : `${stdout}${stderr}`;
      return reject(new Error(`promtool ${args.join(' ')}: ${why}`, { cause: error }));
    });
  });
}
