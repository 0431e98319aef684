import { z } from 'zod';

/** Those that say where a request goes and how it is framed; they follow from the url. */
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

/** Names of headers with a template each. */
export const headers = <Template extends z.ZodType<string>>(template: Template) =>
  z
    .record(z.string(), template, { error: 'must be names of headers with their templates' })
    .superRefine((record, context) => {
      for (const name of Object.keys(record)) {
        const message = problemOfHeader(name);
        if (message !== null) context.addIssue({ code: 'custom', path: [name], message });
      }
    });

function problemOfHeader(name: string): string | null {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) return 'is no name of a header';
  return OURS.includes(name.toLowerCase()) ? 'follows from the url and cannot be set' : null;
}

/** Visible ASCII, blanks, tabs and Latin-1: nothing that could end a header. */
export const isHeaderValue = (value: string): boolean => /^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value);
