import { z } from 'zod';

/** Ranges of the statuses that count as success; both ends are included. */
export type Statuses = readonly (readonly [from: number, to: number])[];

export const SUCCESS: Statuses = [[200, 299]];

const error = 'must be a status such as 204, a range such as 200-299, or a list of them (100 to 599)';
const one = z.union([z.number(), z.string()], { error });

/** `204`, `200-299`, or a list of both. */
export const statuses = z
  .union([one, z.array(one, { error }).min(1, { error })], { error })
  .transform((value, context): Statuses => {
    const ranges = [value].flat().map(parse);
    if (ranges.every((range) => range !== null)) return ranges;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });

export const includesStatus = (wanted: Statuses, status: number): boolean =>
  wanted.some(([from, to]) => status >= from && status <= to);

export const statusText = (wanted: Statuses): string =>
  wanted.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');

function parse(value: number | string): readonly [number, number] | null {
  const match = /^([1-5]\d\d)(?:-([1-5]\d\d))?$/.exec(String(value).replaceAll(' ', ''));
  if (match === null) return null;
  const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
  return from <= to ? [from, to] : null;
}
