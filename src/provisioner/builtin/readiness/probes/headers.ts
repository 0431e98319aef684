import { z } from 'zod';

/** Headers of the target and the framing of a request, which the client sets. */
const OURS = [
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** A schema of header names and templates. */
export const headers = <Template extends z.ZodType<string>>(template: Template) =>
  z
    .record(z.string(), template, { error: 'must be an object of header names and templates' })
    .superRefine((record, context) => {
      for (const name of Object.keys(record)) {
        const message = problemOfHeader(name);
        if (message !== null) context.addIssue({ code: 'custom', path: [name], message });
      }
    });

function problemOfHeader(name: string): string | null {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return 'is not a valid header name';
  return OURS.includes(name.toLowerCase()) ? 'is set by Drawbridge and cannot be configured' : null;
}

/** Returns true for visible ASCII, spaces, tabs and Latin-1: no character that could end a header. */
export const isHeaderValue = (value: string): boolean => /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value);
