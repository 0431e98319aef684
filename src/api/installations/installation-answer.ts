import { z } from 'zod';
import type { DeploymentDoubt } from '../../installation/deployment-doubt.entity.js';
import { DOUBT_REASONS } from '../../state-machine/doubt-reasons.js';
import type { Installation } from '../../installation/installation.entity.js';
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
        reason: z.enum(DOUBT_REASONS),
        gone: z.int(),
        found: z.int(),
        since: TIME,
        confirmedBy: TEXT.nullable(),
      })
      .nullable(),
  }),
);
export type InstallationAnswer = z.infer<typeof installationSchema>;
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

export function installationAnswer(installation: Installation): InstallationAnswer {
  const { id, hasAccessToken, createdAt, updatedAt, removedAt, doubt } = installation;
  return {
    id,
    hasAccessToken,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    removedAt: removedAt?.toISOString() ?? null,
    doubt: doubt && doubtAnswer(doubt),
  };
}

const doubtAnswer = ({ reason, gone, found, since, confirmedBy }: DeploymentDoubt) => ({
  reason,
  gone,
  found,
  since: since.toISOString(),
  confirmedBy,
});
