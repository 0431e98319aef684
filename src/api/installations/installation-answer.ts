import { z } from 'zod';
import { named, pageOf, TEXT, TIME } from '../../http/openapi/answers.js';

/** An installation without its token. */
export const installationSchema = named(
  'Installation',
  z.object({
    id: TEXT,
    hasAccessToken: z.boolean(),
    createdAt: TIME,
    updatedAt: TIME,
    removedAt: TIME.nullable(),
    doubt: z
      .object({
        reason: z.enum(['none-found', 'many-gone', 'transferred']),
        gone: z.int(),
        found: z.int(),
        since: TIME,
        confirmedBy: TEXT.nullable(),
      })
      .nullable(),
  }),
);
export const installationPage = pageOf('InstallationPage', installationSchema);

export const resourceSchema = named(
  'Resource',
  z.object({
    installationId: TEXT,
    id: TEXT,
    productId: TEXT,
    name: TEXT,
    settings: z.record(z.string(), z.unknown()),
    createdAt: TIME,
    updatedAt: TIME,
  }),
);

/** A resource without its settings. */
export const listedResourceSchema = named('ListedResource', resourceSchema.omit({ settings: true }));
export const resourcePage = pageOf('ResourcePage', listedResourceSchema);
