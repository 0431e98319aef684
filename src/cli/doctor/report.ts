import { plain, tint, toneOf } from '../print/text.js';
import type { Check, Status } from './check.js';

export interface DoctorReport {
  readonly checks: readonly Check[];
  readonly ok: number;
  readonly warning: number;
  readonly failed: number;
  readonly skipped: number;
}

export function reportOf(checks: readonly Check[]): DoctorReport {
  const count = (status: Status): number => checks.filter((check) => check.status === status).length;
  return {
    checks,
    ok: count('ok'),
    warning: count('warning'),
    failed: count('failed'),
    skipped: count('skipped'),
  };
}

/** Formats one line for each check, its advice below, and a summary line. */
export function printReport({ checks, ok, warning, failed, skipped }: DoctorReport): string {
  const width = Math.max(...checks.map((check) => titleOf(check).length));
  const lines = checks.flatMap((check) => {
    const { status, message, advice } = check;
    const label = tint(toneOf(status), status.padEnd(7));
    const line = `${label}  ${titleOf(check).padEnd(width)}  ${plain(message)}`;
    return advice === null ? [line] : [line, `${' '.repeat(9)}→ ${plain(advice)}`];
  });
  const sum = `doctor: ${ok} ok, ${warning} warning(s), ${failed} failed, ${skipped} skipped`;
  return [...lines, '', sum].join('\n');
}

const titleOf = ({ name, subject }: Check): string => (subject === null ? name : `${name} ${plain(subject)}`);
